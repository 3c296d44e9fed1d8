import { createRng, type Rng } from "../../src/random.js";
import type { DecoderShape } from "./decoder_shape.js";
import { BOOL, type Dim, FLOAT, FLOAT16, type Graph, INT32, INT64, type Node, UINT8, type ValueInfo, type Weight } from "./onnx_writer.js";

export type { DecoderShape } from "./decoder_shape.js";

/** Attention speaks louder than the token itself: with tied embeddings every answer would repeat its last token. */
const LOUD = 4;
const MAX_POSITIONS = 4096;

export function decoderGraph(shape: DecoderShape): Graph {
  return new Builder(shape).build();
}

/** Nodes are emitted one by one; a name stands for a tensor. */
class Builder {
  private readonly nodes: Node[] = [];
  private readonly weights: Weight[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly rng: Rng;
  private readonly constants = new Map<string, string>();
  private count = 0;

  constructor(private readonly shape: DecoderShape) {
    this.rng = createRng(shape.seed ?? 1);
  }

  build(): Graph {
    const { shape } = this;
    const { hidden, vocabulary } = shape;
    const embedding = this.matrix("embed", [vocabulary, hidden], 1);
    let x = shape.embeds ? this.input("inputs_embeds", FLOAT, ["batch_size", "sequence_length", hidden]) : "";
    const integer = shape.int32 ? INT32 : INT64;
    if (!shape.embeds) x = this.op("Gather", [embedding, this.input("input_ids", integer, ["batch_size", "sequence_length"])]);
    this.input("attention_mask", integer, ["batch_size", "total_sequence_length"]);
    const rotary = shape.positionIds ? this.rotaryTables() : null;
    shape.layers.forEach((kind, i) => {
      const normed = this.norm(x, `norm_a.${i}`);
      x = this.op("Add", [x, this.mixer(kind, normed, i, rotary)]);
      if (shape.mlp > 0) x = this.op("Add", [x, this.feedForward(this.norm(x, `norm_b.${i}`), i)]);
    });
    const last = this.norm(x, "norm_out");
    if (shape.hiddenStates) this.output(this.op("Identity", [last], {}, "hidden_states"), FLOAT, ["batch_size", "sequence_length", hidden]);
    this.logits(this.kept(last), embedding);
    return { inputs: this.inputs, outputs: this.outputs, nodes: this.nodes, weights: this.weights };
  }

  private mixer(kind: DecoderShape["layers"][number], x: string, i: number, rotary: readonly [string, string] | null): string {
    if (kind === "conv") return this.convolution(x, i);
    if (kind === "ssm") return this.stateSpace(x, i);
    return kind === "gqa" ? this.groupQuery(x, i) : this.attention(x, i, rotary);
  }

  /** Softmax attention over past and present with an explicit causal and padding mask. */
  private attention(x: string, i: number, rotary: readonly [string, string] | null): string {
    const { hidden, heads, headDim, kvHeads = heads } = this.shape;
    const project = (name: string, count = kvHeads): string => {
      const rows = this.linear(x, `${name}.${i}`, hidden, count * headDim, name === "v" ? 1 : this.shape.sharpness);
      return this.op("Transpose", [this.reshape(rows, [0, 0, count, headDim])], { perm: [0, 2, 1, 3] });
    };
    const turn = (y: string): string => (rotary === null ? y : this.rotate(y, rotary));
    const query = turn(project("q", heads));
    const keys = this.forHeads(this.cached(turn(project("k")), `${i}.key`));
    const values = this.forHeads(this.cached(project("v"), `${i}.value`));
    const raw = this.op("MatMul", [query, this.op("Transpose", [keys], { perm: [0, 1, 3, 2] })]);
    const scores = this.op("Mul", [raw, this.floats([headDim ** -0.5], [])]);
    const masked = this.op("Where", [this.mask(query, keys), scores, this.floats([-1e9], [])]);
    const mixed = this.op("Transpose", [this.op("MatMul", [this.op("Softmax", [masked], { axis: -1 }), values])], { perm: [0, 2, 1, 3] });
    return this.linear(this.reshape(mixed, [0, 0, heads * headDim]), `o.${i}`, heads * headDim, hidden, this.shape.attentionGain ?? LOUD);
  }

  /** Each head of a cache once for every head of its group, as exporters write it. */
  private forHeads(cache: string): string {
    const { heads, headDim, kvHeads = heads } = this.shape;
    if (kvHeads === heads) return cache;
    const grouped = this.op("Expand", [this.op("Unsqueeze", [cache, this.ints([2])]), this.ints([1, 1, heads / kvHeads, 1, 1])]);
    return this.reshape(grouped, [0, heads, -1, headDim]);
  }

  /** `[B, 1, S, T]`: the column is not after the row, and the mask allows it. */
  private mask(query: string, keys: string): string {
    const total = this.dimension(keys, 2);
    const rows = this.op("Range", [this.op("Sub", [total, this.dimension(query, 2)]), total, this.ints([1], [])]);
    const columns = this.op("Range", [this.ints([0], []), total, this.ints([1], [])]);
    const causal = this.op("LessOrEqual", [columns, this.op("Unsqueeze", [rows, this.ints([1])])]);
    const real = this.op("Cast", [this.op("Unsqueeze", ["attention_mask", this.ints([1, 2])])], { to: BOOL });
    return this.op("And", [causal, real]);
  }

  private cached(now: string, name: string): string {
    const { heads: all, kvHeads: heads = all, headDim, halfCaches, withoutCache } = this.shape;
    if (withoutCache) return now;
    const type = halfCaches ? FLOAT16 : FLOAT;
    const past = this.input(`past_key_values.${name}`, type, ["batch_size", heads, "past_sequence_length", headDim]);
    const present = this.op("Concat", [past, halfCaches ? this.op("Cast", [now], { to: FLOAT16 }) : now], { axis: 2 }, `present.${name}`);
    this.output(present, type, ["batch_size", heads, "total_sequence_length", headDim]);
    return halfCaches ? this.op("Cast", [present], { to: FLOAT }) : present;
  }

  private groupQuery(x: string, i: number): string {
    const { hidden, heads, headDim, kvHeads = heads, packed, window = -1, openHeadDim } = this.shape;
    const cacheDims = (length: string): readonly Dim[] => ["batch_size", kvHeads, length, openHeadDim ? "kv_cache_dim" : headDim];
    const past = ["key", "value"].map((kind) => this.input(`past_key_values.${i}.${kind}`, FLOAT, cacheDims("past_sequence_length")));
    const mask = this.shape.int32 ? this.op("Cast", ["attention_mask"], { to: INT64 }) : "attention_mask";
    const sum = this.op("ReduceSum", [mask, this.ints([1])], { keepdims: 0 });
    const lengths = this.op("Cast", [this.op("Sub", [sum, this.ints([1], [])])], { to: INT32 });
    const total = this.op("Cast", [this.dimension("attention_mask", 1)], { to: INT32 });
    const linear = (name: string, width: number): string => this.linear(x, `${name}.${i}`, hidden, width * headDim);
    const projected = packed
      ? [linear("qkv", heads + 2 * kvHeads), "", ""]
      : [linear("q", heads), linear("k", kvHeads), linear("v", kvHeads)];
    const scales = this.shape.norms === undefined ? [] : ["query", "key"].map((name) => this.matrix(`${name}_norm.${i}`, [headDim], 1));
    const outside = this.shape.norms === "outside";
    const ready = projected.map((x, at) => (outside && at < 2 ? this.headNorm(x, at === 0 ? heads : kvHeads, scales[at] as string) : x));
    const tables = packed ? this.halfTables() : ["", ""];
    const outputs = [`gqa.${i}`, `present.${i}.key`, `present.${i}.value`];
    this.nodes.push({
      op: "GroupQueryAttention",
      inputs: [...ready, ...past, lengths, total, ...tables, ...(outside || scales.length === 0 ? [] : ["", "", "", "", "", ...scales])],
      outputs,
      attributes: { num_heads: heads, kv_num_heads: kvHeads, local_window_size: window, do_rotary: packed ? 1 : 0 },
      domain: "com.microsoft",
    });
    for (const name of outputs.slice(1)) this.output(name, FLOAT, cacheDims("total_sequence_length"));
    return this.linear(`gqa.${i}`, `o.${i}`, heads * headDim, hidden, this.shape.attentionGain ?? LOUD);
  }

  private headNorm(x: string, heads: number, scale: string): string {
    const split = this.reshape(x, [0, 0, heads, this.shape.headDim]);
    return this.reshape(this.op("SimplifiedLayerNormalization", [split, scale], { axis: -1, epsilon: { float: 1e-6 } }), [0, 0, -1]);
  }

  /** Cosines and sines as the operator wants them: half a head, one row a position. */
  private halfTables(): readonly string[] {
    const half = this.shape.headDim / 2;
    return [Math.cos, Math.sin].map((f) => {
      const name = `rotary_${f.name}`;
      const values = Array.from({ length: 1024 * half }, (_, i) => f(Math.floor(i / half) * 10000 ** (-(i % half) / half)));
      return this.weights.some((weight) => weight.name === name) ? name : this.floats(values, [1024, half], name);
    });
  }

  /** Causal depthwise convolution over three positions; the state is the last three inputs. */
  private convolution(x: string, i: number): string {
    const { hidden } = this.shape;
    const past = this.input(`past_conv.${i}`, FLOAT, ["batch_size", hidden, 3]);
    const all = this.op("Concat", [past, this.op("Transpose", [x], { perm: [0, 2, 1] })], { axis: 2 });
    this.output(this.slice(all, -3, 2, `present_conv.${i}`), FLOAT, ["batch_size", hidden, "conv_width"]);
    const kernel = this.matrix(`conv.${i}`, [hidden, 1, 3], 0.6);
    const mixed = this.op("Conv", [this.slice(all, 1, 2), kernel], { group: hidden });
    return this.op("Transpose", [mixed], { perm: [0, 2, 1] });
  }

  /** h_t = ½ h_{t−1} + W x_t, for all positions at once: Σ_j ½^{t−j} W x_j + ½^{t+1} h_0. State `[B, 2, hidden/2, 1]`. */
  private stateSpace(x: string, i: number): string {
    const { hidden } = this.shape;
    const past = this.input(`past_ssm.${i}`, FLOAT, ["batch_size", 2, hidden / 2, 1]);
    const drive = this.linear(x, `ssm.${i}`, hidden, hidden);
    const steps = this.op("Cast", [this.op("Range", [this.ints([0], []), this.dimension(x, 1), this.ints([1], [])])], { to: FLOAT });
    const lag = this.op("Sub", [this.op("Unsqueeze", [steps, this.ints([1])]), steps]);
    const decay = this.op("Pow", [this.floats([0.5], []), this.op("Max", [lag, this.floats([0], [])])]);
    const causal = this.op("Where", [this.op("GreaterOrEqual", [lag, this.floats([0], [])]), decay, this.floats([0], [])]);
    const carried = this.op("Pow", [
      this.floats([0.5], []),
      this.op("Add", [this.op("Unsqueeze", [steps, this.ints([1])]), this.floats([1], [])]),
    ]);
    const start = this.op("Mul", [carried, this.reshape(past, [0, 1, hidden])]);
    const states = this.op("Add", [this.op("MatMul", [causal, drive]), start]);
    const final = this.op("Reshape", [this.slice(states, -1, 1), this.ints([0, 2, hidden / 2, 1])], {}, `present_ssm.${i}`);
    this.output(final, FLOAT, ["batch_size", 2, hidden / 2, 1]);
    return states;
  }

  private feedForward(x: string, i: number): string {
    const { hidden, mlp } = this.shape;
    const gate = this.linear(x, `gate.${i}`, hidden, mlp);
    const silu = this.op("Mul", [gate, this.op("Sigmoid", [gate])]);
    return this.linear(this.op("Mul", [silu, this.linear(x, `up.${i}`, hidden, mlp)]), `down.${i}`, mlp, hidden);
  }

  private rotaryTables(): readonly [string, string] {
    const { headDim } = this.shape;
    const angle = (i: number): number => Math.floor(i / headDim) * 10000 ** (-(2 * ((i % headDim) % (headDim / 2))) / headDim);
    const positions = this.input("position_ids", INT64, ["batch_size", "sequence_length"]);
    const table = (f: (x: number) => number): string => {
      const values = Array.from({ length: MAX_POSITIONS * headDim }, (_, i) => f(angle(i)));
      return this.op("Unsqueeze", [this.op("Gather", [this.floats(values, [MAX_POSITIONS, headDim]), positions]), this.ints([1])]);
    };
    return [table(Math.cos), table(Math.sin)];
  }

  private rotate(x: string, [cos, sin]: readonly [string, string]): string {
    const half = this.shape.headDim / 2;
    const low = this.slice(x, 0, 3, undefined, half);
    const turned = this.op("Concat", [this.op("Neg", [this.slice(x, half, 3)]), low], { axis: 3 });
    return this.op("Add", [this.op("Mul", [x, cos]), this.op("Mul", [turned, sin])]);
  }

  /** The last n positions; 0 = all. */
  private kept(x: string): string {
    if (this.shape.keepInput === undefined) return x;
    const keep = this.input(this.shape.keepInput, INT64, []);
    return this.op("Slice", [x, this.reshape(this.op("Neg", [keep]), [1]), this.ints([2 ** 31]), this.ints([1])]);
  }

  private logits(x: string, embedding: string): void {
    const { vocabulary, useCacheBranch, dynamicQuantization } = this.shape;
    let logits = dynamicQuantization ? this.quantized(x) : this.op("MatMul", [x, this.op("Transpose", [embedding], { perm: [1, 0] })]);
    if (useCacheBranch) {
      // Not a number wherever the flag disagrees with the past that is there.
      const branch = this.input("use_cache_branch", BOOL, [1]);
      const past = this.inputs.find(({ name }) => name.startsWith("past_key_values"))?.name ?? "";
      const there = this.op("Greater", [this.dimension(past, 2), this.ints([0], [])]);
      logits = this.op("Where", [this.op("Equal", [branch, there]), logits, this.floats([Number.NaN], [])]);
    }
    this.nodes.push({ op: "Identity", inputs: [logits], outputs: ["logits"] });
    this.output("logits", FLOAT, ["batch_size", this.shape.keepInput ? "kept" : "sequence_length", vocabulary]);
  }

  private quantized(x: string): string {
    const { vocabulary, hidden } = this.shape;
    const [values, scale, zero] = [1, 2, 3].map((n) => `quantized_${n}`) as [string, string, string];
    this.nodes.push({ op: "DynamicQuantizeLinear", inputs: [x], outputs: [values, scale, zero] });
    const weight = `weight_${this.count++}`;
    const data = Uint8Array.from({ length: hidden * vocabulary }, () => this.rng.int(256));
    this.weights.push({ name: weight, type: UINT8, dims: [hidden, vocabulary], data });
    const middle = `weight_${this.count++}`;
    this.weights.push({ name: middle, type: UINT8, dims: [], data: Uint8Array.of(128) });
    const product = this.op("Cast", [this.op("MatMulInteger", [values, weight, zero, middle])], { to: FLOAT });
    return this.op("Mul", [product, this.op("Mul", [scale, this.floats([0.02], [])])]);
  }

  private norm(x: string, name: string): string {
    const scale = this.floats(
      Array.from({ length: this.shape.hidden }, () => 1),
      [this.shape.hidden],
      name,
    );
    return this.op("LayerNormalization", [x, scale], { axis: -1, epsilon: { float: 1e-5 } });
  }

  private linear(x: string, name: string, from: number, to: number, gain = 1): string {
    return this.op("MatMul", [x, this.matrix(name, [from, to], gain * from ** -0.5)]);
  }

  private matrix(name: string, dims: readonly number[], scale: number): string {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => (this.rng.float() * 2 - 1) * 1.7 * scale);
    this.weights.push({ name, type: FLOAT, dims, data: new Uint8Array(data.buffer) });
    return name;
  }

  private dimension(x: string, axis: number): string {
    return this.op("Gather", [this.op("Shape", [x]), this.ints([axis], [])]);
  }

  private slice(x: string, start: number, axis: number, name?: string, end = 2 ** 31): string {
    return this.op("Slice", [x, this.ints([start]), this.ints([end]), this.ints([axis])], {}, name);
  }

  private reshape(x: string, dims: readonly number[]): string {
    return this.op("Reshape", [x, this.ints(dims)]);
  }

  private ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const key = `ints ${values.join()} ${dims.join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `const_${this.count++}`;
    const data = BigInt64Array.from(values, BigInt);
    this.weights.push({ name, type: INT64, dims, data: new Uint8Array(data.buffer) });
    this.constants.set(key, name);
    return name;
  }

  private floats(values: readonly number[], dims: readonly number[], name = `const_${this.count++}`): string {
    this.weights.push({ name, type: FLOAT, dims, data: new Uint8Array(Float32Array.from(values).buffer) });
    return name;
  }

  private op(
    op: string,
    inputs: readonly string[],
    attributes: NonNullable<Node["attributes"]> = {},
    output = `t_${this.count++}`,
  ): string {
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  private input(name: string, type: number, dims: readonly Dim[]): string {
    this.inputs.push({ name, type, dims });
    return name;
  }

  private output(name: string, type: number, dims: readonly Dim[]): void {
    this.outputs.push({ name, type, dims });
  }
}
