// Changes of a protobuf message by its fields: a number is another one, a part is lost, doubled, emptied or cut, at any depth.

const NUMBERS = [0n, 1n, 2n, 7n, 127n, 0x7fffffffn, 0xffffffffn, 0x7fffffffffffffffn, 0xffffffffffffffffn];

export function mutateProto(bytes, rng, depth = 0) {
  const fields = fieldsOf(bytes);
  if (fields === null || fields.length === 0) return bytes;
  const at = rng.int(fields.length);
  const field = fields[at];
  const inside = field.wire === 2 && depth < 8 && rng.chance(0.75) ? mutateProto(field.content, rng, depth + 1) : null;
  if (inside !== null && inside !== field.content) field.content = inside;
  else changeField(fields, at, rng);
  return Buffer.concat(fields.map(encode));
}

function changeField(fields, at, rng) {
  const field = fields[at];
  const change = rng.int(6);
  if (change === 0) fields.splice(at, 1);
  else if (change === 1) fields.splice(at, 0, { ...field });
  else if (change === 2) field.number = 1 + rng.int(20);
  else if (field.wire === 0) field.value = rng.pick(NUMBERS);
  else if (field.wire === 2) field.content = shorter(field.content, rng);
}

function shorter(content, rng) {
  if (content.length === 0) return Buffer.from("\u001b[2Jx");
  return rng.pick([Buffer.alloc(0), content.subarray(0, rng.int(content.length)), Buffer.concat([content, content]).subarray(0, 1 << 20)]);
}

/** Gives an initializer a place outside of the graph: `TensorProto.external_data` (13) and, or not, `data_location` (14). */
export function withExternalData(bytes, location, rng) {
  const model = fieldsOf(bytes);
  const graph = model?.find(({ number }) => number === 7);
  const parts = graph === undefined ? null : fieldsOf(graph.content);
  const weights = parts?.filter(({ number, wire }) => number === 5 && wire === 2) ?? [];
  if (weights.length === 0) return bytes;
  const weight = rng.pick(weights);
  const entry = (key, value) => ({
    number: 13,
    wire: 2,
    content: Buffer.concat([
      encode({ number: 1, wire: 2, content: Buffer.from(key) }),
      encode({ number: 2, wire: 2, content: Buffer.from(value) }),
    ]),
  });
  const own = rng.chance(0.5) ? (fieldsOf(weight.content) ?? []) : (fieldsOf(weight.content) ?? []).filter(({ number }) => number !== 9);
  const says = rng.chance(0.7) ? [{ number: 14, wire: 0, value: 1n }] : [];
  weight.content = Buffer.concat([...own, entry("location", location), ...says].map(encode));
  graph.content = Buffer.concat(parts.map(encode));
  return Buffer.concat(model.map(encode));
}

/** The fields of a message in order; null where the bytes are none. */
function fieldsOf(bytes) {
  const fields = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < bytes.length; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return null;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === null || tag >> 3n === 0n || tag > 0xffffn) return null;
    const field = { number: Number(tag >> 3n), wire: Number(tag & 7n) };
    if (field.wire === 0) {
      field.value = varint();
      if (field.value === null) return null;
    } else {
      const length = field.wire === 2 ? varint() : field.wire === 1 ? 8n : field.wire === 5 ? 4n : null;
      if (length === null || BigInt(at) + length > BigInt(bytes.length)) return null;
      field.content = bytes.subarray(at, at + Number(length));
      at += Number(length);
    }
    fields.push(field);
  }
  return fields;
}

function encode({ number, wire, value, content }) {
  const tag = varintOf(BigInt((number << 3) | wire));
  if (wire === 0) return Buffer.concat([tag, varintOf(value)]);
  return wire === 2 ? Buffer.concat([tag, varintOf(BigInt(content.length)), content]) : Buffer.concat([tag, content]);
}

function varintOf(value) {
  const bytes = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest < 128n) return Buffer.from([...bytes, low]);
    bytes.push(low | 128);
  }
}
