import { append } from "../../util/arrays.js";
import { renamedNode } from "../graph_edit.js";
import { varint } from "../onnx_encode.js";
import { type Dim, symbol } from "./dims.js";
import { factsOf } from "./facts.js";
import { type Body, type HeldModel, type HeldNode, holdModel } from "./nodes.js";
import { type Fact, factOf, UNKNOWN } from "./rule.js";

/** Give another value each time. */
const RANDOM = /Random|Multinomial|Bernoulli|Dropout/;

/** Inputs with their sizes as far as whoever feeds the graph knows them: equal ones are fed equal. */
export type InputDims = ReadonlyMap<string, readonly Dim[]>;

/**
 * A model in which no two nodes are left that give the same, whatever it is fed: everyone reads the first one's outputs. That is value numbering
 * (Alpern, Wegman & Zadeck 1988), where sizes are values too: exporters work the same shapes out of each layer's tensors anew, which are
 * more than half of a decoder's nodes, and which the runtime plans memory for at load and computes in every pass. No number of the others changes.
 * @param model a model whose weights are elsewhere.
 * @param dims of the inputs. What is not told may be anything.
 * @returns the very bytes where there is nothing to leave out.
 * @throws RangeError where the bytes are no model.
 */
export function withoutRepeats(model: Uint8Array, dims: InputDims): Uint8Array {
  const held = holdModel(Buffer.from(model.buffer, model.byteOffset, model.byteLength));
  const order = inOrder(held);
  if (order === null) return model;
  const names = new Numbering(held, dims).repeats(order);
  const left = stillRead(held, names);
  return left.size === held.nodes.length ? model : rewritten(held, names, left);
}

/** Nodes behind those that they read; null where a graph goes round. */
function inOrder({ nodes, makers }: HeldModel): readonly HeldNode[] | null {
  const order: HeldNode[] = [];
  const done = new Set<HeldNode>();
  const open = new Set<HeldNode>();
  for (const root of nodes) {
    const stack = [root];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const before = stack.length;
      if (!done.has(node)) pushUnmade(node, makers, done, stack);
      if (stack.length > before) {
        if (open.has(node)) return null;
        open.add(node);
        continue;
      }
      stack.pop();
      if (!done.has(node)) order.push(node);
      done.add(node);
    }
  }
  return order;
}

/** A node that comes up again with something still to be made before it waits for itself. */
function pushUnmade(node: HeldNode, makers: HeldModel["makers"], done: ReadonlySet<HeldNode>, stack: HeldNode[]): void {
  const push = (name: string): void => {
    const maker = makers.get(name);
    if (maker !== undefined && !done.has(maker)) stack.push(maker);
  };
  for (const name of node.inputs) push(name);
  for (const name of node.nested?.names ?? []) push(name);
}

/** What each tensor is: equal numbers stand for equal tensors. */
class Numbering {
  private readonly numbers = new Map<string, number>();
  private readonly facts = new Map<string, Fact>();
  /** Numbers by what they stand for. */
  private readonly known = new Map<string, number>();

  constructor(held: HeldModel, dims: InputDims) {
    for (const [name, shape] of dims) this.facts.set(name, { type: 0, shape, values: null });
    for (const [name, weight] of held.weights) this.enter(name, factOf(weight), `weight ${name}`);
  }

  /** @returns outputs of later nodes, and those of the first nodes that give the same. */
  repeats(order: readonly HeldNode[]): ReadonlyMap<string, string> {
    const firsts = new Map<number, string>();
    const names = new Map<string, string>();
    for (const node of order) {
      const facts = this.factsOf(node);
      const reason = this.reasonOf(node);
      for (const [place, name] of node.outputs.entries()) {
        if (name === "") continue;
        const number = this.enter(name, facts[place] ?? UNKNOWN, reason === null ? `output ${name}` : `${reason} ${place}`);
        const first = firsts.get(number);
        if (first === undefined) firsts.set(number, name);
        else names.set(name, first);
      }
    }
    return names;
  }

  private factsOf(node: HeldNode): readonly Fact[] {
    if (node.op === "If" && node.nested !== null) return commonFacts(node.nested.bodies.map((body) => this.factsIn(body)));
    const inputs = node.inputs.map((name) => (name === "" ? null : (this.facts.get(name) ?? UNKNOWN)));
    return factsOf({ node, inputs, opaque: this.opaque });
  }

  /** Of a branch's outputs; it has names of its own, or those around it. */
  private factsIn({ nodes, weights, outputs }: Body): readonly Fact[] {
    for (const weight of weights) this.facts.set(weight.name, factOf(weight));
    for (const node of nodes) {
      const facts = this.factsOf(node);
      for (const [place, name] of node.outputs.entries()) this.facts.set(name, facts[place] ?? UNKNOWN);
    }
    return outputs.map((name) => this.facts.get(name) ?? UNKNOWN);
  }

  private readonly opaque = (...reasons: readonly unknown[]): Dim => symbol(`u${this.numberOf(`opaque ${reasons.join(" ")}`)}`);

  /** What a node's outputs are made by; null where no other node may give the same. */
  private reasonOf({ domain, op, inputs, outputs, attributes, nested }: HeldNode): string | null {
    if (nested !== null || attributes === null || RANDOM.test(op)) return null;
    // How many outputs a node has may be what it is told to do, as of Split.
    let reason = `${domain} ${op} ${outputs.length} `;
    for (const name of inputs) reason += `${name === "" ? "" : (this.numbers.get(name) ?? this.numberOf(`input ${name}`))},`;
    return reason + attributes;
  }

  private enter(name: string, fact: Fact, reason: string): number {
    const { type, shape, values } = fact;
    const exact = shape !== null && values !== null && !values.some((value) => typeof value === "number" && !Number.isSafeInteger(value));
    const number = this.numberOf(exact ? `${type}[${shape.join()}] ${values.join()}` : reason);
    this.numbers.set(name, number);
    this.facts.set(name, fact);
    return number;
  }

  private numberOf(what: string): number {
    const known = this.known.get(what);
    if (known !== undefined) return known;
    this.known.set(what, this.known.size);
    return this.known.size - 1;
  }
}

/** Sizes that all branches agree on. */
function commonFacts([one = [], ...others]: readonly (readonly Fact[])[]): readonly Fact[] {
  return one.map(({ type, shape }, place) => {
    const same = others.every((facts) => facts[place]?.type === type && facts[place]?.shape?.join() === shape?.join());
    return same ? { type, shape, values: null } : UNKNOWN;
  });
}

/** Nodes that somebody reads once the others' names are gone. Graphs inside of nodes are left as they stand. */
function stillRead({ makers, outputs }: HeldModel, names: ReadonlyMap<string, string>): ReadonlySet<HeldNode> {
  const read = new Set<HeldNode>();
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const maker = makers.get(name);
    if (maker === undefined || read.has(maker)) continue;
    read.add(maker);
    for (const input of maker.inputs) open.push(names.get(input) ?? input);
    append(open, maker.nested?.names ?? []);
  }
  return read;
}

/** The model with the nodes that are left, which read the others' first equals. */
function rewritten({ file, graphs, nodes }: HeldModel, names: ReadonlyMap<string, string>, left: ReadonlySet<HeldNode>): Uint8Array {
  const parts: Uint8Array[] = [];
  let [done, next] = [0, 0];
  for (const { tag, field } of graphs) {
    const inside: Uint8Array[] = [];
    let at = field.start;
    for (let node = nodes[next]; node !== undefined && node.start < field.end; node = nodes[++next]) {
      const stays = left.has(node);
      if (stays && !node.inputs.some((name) => names.has(name))) continue;
      inside.push(file.bytes(at, node.start));
      if (stays) inside.push(renamedNode(file, node, (side, name) => (side === "input" ? names.get(name) : undefined)));
      at = node.end;
    }
    inside.push(file.bytes(at, field.end));
    const size = inside.reduce((sum, { length }) => sum + length, 0);
    parts.push(file.bytes(done, tag), varint(7 * 8 + 2), varint(size));
    append(parts, inside);
    done = field.end;
  }
  return Buffer.concat([...parts, file.bytes(done, file.size)]);
}
