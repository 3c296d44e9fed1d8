import { type GroupQuery, INPUT } from "./group_query.js";
import { FLOAT, FLOAT16, INT64, integerWeight, type NewBranch, type NewNode, type NewWeight, nodeField } from "./onnx_encode.js";

export interface AttentionTypes {
  /** Numbers are float16: scores are computed in float32 all the same. */
  readonly half: boolean;
  /** Leading dims of each head that are rotated; 0 = all. */
  readonly rotated: number;
  /** Inputs that hold what all rows start with, by the cache's input; null = the graph has none. */
  readonly start: ((cache: string) => string) | null;
}

/** What takes a `GroupQueryAttention` node's place. */
export interface PlainAttention {
  readonly nodes: readonly NewNode[];
  /** What the pass adds to the caches, `[B, kv heads, S, head dim]`. */
  readonly addedKey: string;
  readonly addedValue: string;
}

/** Stands for minus infinity in a mask, as exporters write it. */
const HIDDEN = -3.4028234663852886e38;

/**
 * Writes `GroupQueryAttention` out in plain operators, for rows without padding. What they compute is what the operator does,
 * but they take several rows with several tokens on a past, and tell what they add to the caches.
 */
export class AttentionWriter {
  readonly weights: NewWeight[] = [];
  private readonly constants = new Map<string, string>();
  private readonly masks = new Map<number, string>();
  private nodes: NewNode[] = [];
  /** Tokens in the caches, `[1]`: the same for all layers, as their masks are. */
  private past = "";
  /** The same with those that all rows start with, and whether there are any. */
  private before = "";
  private there = "";
  private names = 0;

  constructor(private readonly types: AttentionTypes) {}

  expand(attention: GroupQuery): PlainAttention {
    this.nodes = [];
    const { heads, kvHeads, inputs, outputs } = attention;
    const at = (input: number): string => inputs[input] ?? "";
    if (this.past === "") this.count(at(INPUT.pastKey));
    const [plainQuery, plainKey, value] = this.projections(attention);
    const query = this.rotate(attention, this.normed(attention, plainQuery, heads, at(INPUT.queryNorm)), heads);
    const key = this.rotate(attention, this.normed(attention, plainKey, kvHeads, at(INPUT.keyNorm)), kvHeads);
    const [addedKey, addedValue] = [this.split(key, kvHeads), this.split(value, kvHeads)];
    const presentKey = this.op("Concat", [at(INPUT.pastKey), addedKey], { axis: 2 }, "", outputs[1]);
    const presentValue = this.op("Concat", [at(INPUT.pastValue), addedValue], { axis: 2 }, "", outputs[2]);
    // [B, kv heads, group, S, head dim] against [B, kv heads, 1, head dim, T]: no key is copied for each head of its group.
    const grouped = this.op("Reshape", [query, this.ints([0, 0, kvHeads, heads / kvHeads, -1])]);
    const rows = this.single(this.op("Transpose", [grouped], { perm: [0, 2, 3, 1, 4] }));
    const columns = this.op("Transpose", [this.forGroup(presentKey)], { perm: [0, 1, 2, 4, 3] });
    const seen = this.op("Add", [this.scores(attention, rows, columns), this.mask(attention, at(INPUT.query))]);
    const mixed = this.mix(attention, rows, { seen, values: this.forGroup(presentValue) });
    const joined = this.op("Reshape", [this.op("Transpose", [mixed], { perm: [0, 3, 1, 2, 4] }), this.ints([0, 0, -1])]);
    this.op(this.types.half ? "Cast" : "Identity", [joined], this.types.half ? { to: FLOAT16 } : {}, "", outputs[0]);
    return { nodes: this.nodes, addedKey, addedValue };
  }

  private count(pastKey: string): void {
    const { start } = this.types;
    this.past = this.op("Shape", [pastKey], { start: 2, end: 3 });
    const tokens = start === null ? null : this.op("Shape", [start(pastKey)], { start: 2, end: 3 });
    this.before = tokens === null ? this.past : this.op("Add", [this.past, tokens]);
    if (tokens !== null) this.there = this.op("Greater", [tokens, this.ints([0])]);
  }

  /** Weighted values, `[B, kv heads, group, S, head dim]`, of a start as well where there is one: as `startEdit` says. */
  private mix(attention: GroupQuery, rows: string, { seen, values }: { readonly seen: string; readonly values: string }): string {
    const { start } = this.types;
    const own = (): string => this.op("MatMul", [this.op("Softmax", [seen], { axis: -1 }), values]);
    if (start === null) return own();
    const [key, value] = [INPUT.pastKey, INPUT.pastValue].map((input) => this.forGroup(start(attention.inputs[input] ?? ""))) as [
      string,
      string,
    ];
    const both = (): string => {
      const scores = this.scores(attention, rows, this.op("Transpose", [key], { perm: [0, 1, 2, 4, 3] }));
      const weights = this.op("Softmax", [this.op("Concat", [scores, seen], { axis: 4 })], { axis: -1 });
      const [tokens, axis] = [this.op("Shape", [key], { start: 3, end: 4 }), this.ints([4])];
      const [first, rest] = [
        this.op("Slice", [weights, this.ints([0]), tokens, axis]),
        this.op("Slice", [weights, tokens, this.ints([Number.MAX_SAFE_INTEGER]), axis]),
      ];
      return this.op("Add", [this.op("MatMul", [first, value]), this.op("MatMul", [rest, values])]);
    };
    return this.op("If", [this.there], { then_branch: this.branch(both), else_branch: this.branch(own) });
  }

  /** Nodes of their own for what is computed in one case only. */
  private branch(build: () => string): { readonly graph: NewBranch } {
    const around = this.nodes;
    this.nodes = [];
    const output = build();
    const nodes = this.nodes.map(nodeField);
    this.nodes = around;
    return { graph: { name: this.name("branch"), nodes, output } };
  }

  /** Queries, keys and values, each `[B, S, heads × head dim]`; some exports have them side by side. */
  private projections({ heads, kvHeads, inputs }: GroupQuery): readonly [string, string, string] {
    const [query, key, value] = inputs as readonly [string, string, string];
    if (key !== "") return [query, key, value];
    const together = this.op("Reshape", [query, this.ints([0, 0, heads + 2 * kvHeads, -1])]);
    const parts = ["q", "k", "v"].map((part) => this.name(part));
    this.nodes.push({
      op: "Split",
      inputs: [together, this.ints([heads, kvHeads, kvHeads])],
      outputs: parts,
      attributes: { axis: 2 },
    });
    const flat = parts.map((part) => this.op("Reshape", [part, this.ints([0, 0, -1])]));
    return flat as unknown as readonly [string, string, string];
  }

  /** Each head's root mean square made 1, times the scale; as it is where there is no scale. */
  private normed({ epsilon }: GroupQuery, x: string, heads: number, scale: string): string {
    if (scale === "") return x;
    const split = this.op("Reshape", [x, this.ints([0, 0, heads, -1])]);
    const normed = this.op("SimplifiedLayerNormalization", [split, scale], { axis: -1, epsilon: { float: epsilon } });
    return this.op("Reshape", [normed, this.ints([0, 0, -1])]);
  }

  private rotate({ rotary, inputs }: GroupQuery, x: string, heads: number): string {
    if (rotary === "none") return x;
    const positions = inputs[INPUT.positions] || this.before;
    const attributes = { num_heads: heads, rotary_embedding_dim: this.types.rotated, interleaved: rotary === "interleaved" ? 1 : 0 };
    return this.op("RotaryEmbedding", [x, positions, inputs[INPUT.cos] ?? "", inputs[INPUT.sin] ?? ""], attributes, "com.microsoft");
  }

  /** `[B, S, heads × head dim]` → `[B, heads, S, head dim]`. */
  private split(x: string, heads: number): string {
    return this.op("Transpose", [this.op("Reshape", [x, this.ints([0, 0, heads, -1])])], { perm: [0, 2, 1, 3] });
  }

  /** `[B, kv heads, T, head dim]` → `[B, kv heads, 1, T, head dim]` */
  private forGroup(cache: string): string {
    return this.op("Unsqueeze", [this.single(cache), this.ints([2])]);
  }

  private scores({ scale, softcap }: GroupQuery, rows: string, columns: string): string {
    const raw = this.op("MatMul", [rows, columns]);
    const scaled = this.op("Mul", [raw, scale === 0 ? this.usualScale(rows) : this.float(scale)]);
    if (softcap === 0) return scaled;
    return this.op("Mul", [this.op("Tanh", [this.op("Div", [scaled, this.float(softcap)])]), this.float(softcap)]);
  }

  /** 1/√(head dim) */
  private usualScale(rows: string): string {
    const size = this.op("Cast", [this.op("Shape", [rows], { start: 4, end: 5 })], { to: FLOAT });
    return this.op("Reciprocal", [this.op("Sqrt", [size])]);
  }

  /** `[S, T]`, added to scores: 0 where the column is not after the row nor before its window. One for all layers of a window. */
  private mask({ window }: GroupQuery, query: string): string {
    const known = this.masks.get(window);
    if (known !== undefined) return known;
    const past = this.op("Squeeze", [this.past]);
    const total = this.op("Add", [past, this.op("Squeeze", [this.op("Shape", [query], { start: 1, end: 2 })])]);
    const one = this.ints([1], []);
    const rows = this.op("Unsqueeze", [this.op("Range", [past, total, one]), this.ints([1])]);
    const distance = this.op("Sub", [rows, this.op("Range", [this.ints([0], []), total, one])]);
    const reached = this.op("GreaterOrEqual", [distance, this.ints([0], [])]);
    const visible = window < 0 ? reached : this.op("And", [reached, this.op("Less", [distance, this.ints([window], [])])]);
    const mask = this.op("Where", [visible, this.float(0), this.float(HIDDEN)]);
    this.masks.set(window, mask);
    return mask;
  }

  private single(x: string): string {
    return this.types.half ? this.op("Cast", [x], { to: FLOAT }) : x;
  }

  private ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant(`${values.join()}/${dims.join()}`, INT64, dims, integerWeight("", values).data);
  }

  private float(value: number): string {
    return this.constant(`f${value}`, FLOAT, [], new Uint8Array(Float32Array.of(value).buffer));
  }

  private constant(key: string, type: number, dims: readonly number[], data: Uint8Array): string {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.name("constant");
    this.weights.push({ name, type, dims, data });
    this.constants.set(key, name);
    return name;
  }

  private op(
    op: string,
    inputs: readonly string[],
    attributes: NonNullable<NewNode["attributes"]> = {},
    domain = "",
    output = this.name(op.toLowerCase()),
  ): string {
    this.nodes.push({ op, inputs, outputs: [output], attributes, domain });
    return output;
  }

  private name(what: string): string {
    return `plain_attention/${this.names++}/${what}`;
  }
}
