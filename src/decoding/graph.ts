import { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import {
  type CacheRow,
  type CacheUse,
  gatherChange,
  type RowCache,
  spreadChange,
  startLength,
  startOf,
  wholeCache,
} from "../onnx/row_cache.js";
import { firstLine, type OpenSession, type Provider } from "../onnx/session.js";
import { fromFloat32, int64Tensor, integerTensor, zerosTensor } from "../onnx/tensors.js";
import { type DecoderHints, type DecoderIo, discoverDecoder, type SoundInput } from "./discover.js";
import { SCORES } from "./head_edit.js";
import { columns, maskTensor, type Pass, places, positions } from "./pass.js";
import { type PassResult, pickedFeeds, readOutputs, scoresInside } from "./pass_outputs.js";
import { startName } from "./start_edit.js";

/**
 * Input embeddings for an `inputs_embeds` graph. An id stands for what is fed at a position: ids ≥ 0 are the tokeniser's,
 * negative ones are the connector's own (rows of encoded audio). Equal ids must mean equal rows. A graph that takes rows of sound
 * beside ids asks for those of negative ids alone.
 * @returns `[ids.length, hidden]` row-major.
 */
export type Embed = (ids: Int32Array) => Float32Array | Promise<Float32Array>;

export interface GraphOptions {
  /** For an `inputs_embeds` graph. */
  readonly embed?: Embed | null;
  /** Outputs that hold what a pass appends to a cache, by the cache's input (`cacheUpdates`); other caches are fetched whole. */
  readonly updates?: ReadonlyMap<string, string>;
  /** Bytes of memory kept for further caches. */
  readonly pooled?: number;
  /** What the configuration says where the metadata does not. */
  readonly hints?: DecoderHints | undefined;
}

let cacheIds = 0;

/** A decoder session that takes ids and caches; counts what it is asked to do. */
export class DecoderGraph {
  readonly io: DecoderIo;
  readonly provider: Provider;
  /** Tokens fed (rows × positions) and native calls made. */
  readonly spent = { tokens: 0, passes: 0 };
  /** Only what a pass appends to its caches leaves the runtime. */
  readonly fetchesUpdates: boolean;
  /** Its caches may have room behind the tokens of their rows (`Pass.seen`). */
  readonly hasRoom: boolean;
  /** What rows of no start in common start with, where the graph reads such a thing. */
  private readonly noStart: RowCache | null;
  private readonly embed: Embed | null;
  private readonly updates: ReadonlyMap<string, string>;
  /** Caches whose memory is not given back yet. */
  private readonly made = new Set<RowCache>();

  constructor(
    private readonly open: OpenSession,
    { embed = null, updates = new Map(), pooled = 0, hints }: GraphOptions = {},
  ) {
    this.embed = embed;
    this.updates = updates;
    this.fetchesUpdates = updates.size > 0;
    if (pooled > 0) open.session.change({ op: "pool", bytes: pooled });
    this.io = discoverDecoder(open.session, open.path, hints);
    this.provider = open.provider;
    this.hasRoom = this.io.places !== null && this.fetchesUpdates;
    this.noStart = this.io.starts ? this.empty(1) : null;
    if (this.io.input.kind === "embeds" && embed === null) {
      throw new ConnectorError(`${open.path} takes inputs_embeds, but this connector has no token embeddings for it`);
    }
    if (this.io.input.kind === "ids" && this.io.sound === null && embed !== null) {
      throw new ConnectorError(
        `${open.path} takes input_ids, but this connector feeds embeddings, sound among them: it is the decoder of a text model`,
      );
    }
  }

  /** A cache of rows that have seen nothing. */
  empty(rows: number): RowCache {
    const cache = this.making(rows, 0);
    this.open.session.change({ op: "empty", id: cache.id, rows, slots: this.io.caches.map(({ type, dims }) => ({ type, dims })) });
    return cache;
  }

  /**
   * A cache made of the given rows in order: tiles one row many times, drops finished rows, or joins rows of several caches.
   * All must keep the same length. Where they are a whole cache as it stands, that cache itself.
   * @param reserve tokens that a row may come to hold: room is made for as many.
   */
  gather(rows: readonly CacheRow[], reserve: number): RowCache {
    const whole = wholeCache(rows);
    if (whole !== null) return whole;
    const cache = this.making(rows.length, rows[0]?.length ?? 0, startOf(rows));
    this.open.session.change(gatherChange(cache.id, rows, reserve));
    return cache;
  }

  /**
   * A cache in which rows of different lengths have room.
   * @param rows each of as many tokens as it keeps.
   * @param width positions of every row, at least as many as the longest has tokens; a pass on it tells which of them are whose (`Pass.seen`).
   */
  spread(rows: readonly CacheRow[], width: number): RowCache {
    const cache = this.making(rows.length, width, startOf(rows));
    this.open.session.change(spreadChange(cache.id, rows, width));
    return cache;
  }

  /**
   * A row whose first tokens stand where all rows that go on with it read them, none of which has a copy. Only where the graph `readsStarts`.
   * @param cache of one row, without a start.
   * @param tokens that become the start, of at most as many as the row has.
   */
  share(cache: RowCache, tokens: number): RowCache {
    const start = this.making(1, tokens);
    const row = this.making(1, cache.length, start);
    this.open.session.change({ op: "cut", id: start.id, from: cache.id, first: 0, last: tokens });
    this.open.session.change({ op: "cut", id: row.id, from: cache.id, first: tokens, last: cache.length });
    return row;
  }

  get readsStarts(): boolean {
    return this.noStart !== null;
  }

  /** Gives back the memory of a cache that nobody needs any more; twice is once. */
  recycle(cache: RowCache): void {
    if (this.made.delete(cache)) this.open.session.change({ op: "drop", id: cache.id });
  }

  /** The cache and its start outlive the call that it was made in; `adopt` ends that. */
  keep(cache: RowCache): void {
    this.made.delete(cache);
    if (cache.start !== undefined) this.made.delete(cache.start);
  }

  adopt(cache: RowCache): void {
    this.made.add(cache);
    if (cache.start !== undefined) this.made.add(cache.start);
  }

  /** A cache's numbers, slot by slot. */
  async read(cache: RowCache): Promise<readonly Tensor[]> {
    return await this.open.session.read(cache.id);
  }

  /**
   * The same graph and its counts for one call, whose caches end with it.
   * @param embed embeddings of that call.
   */
  async during<T>(embed: Embed | undefined, call: (graph: DecoderGraph) => Promise<T>): Promise<T> {
    const own = { made: { value: new Set<RowCache>() }, ...(embed === undefined ? {} : { embed: { value: embed } }) };
    const graph = Object.create(this, own) as DecoderGraph;
    try {
      return await call(graph);
    } finally {
      for (const cache of graph.made) graph.recycle(cache);
    }
  }

  /** One native call. @throws ConnectorError with the runtime's reason. */
  async run(pass: Pass): Promise<PassResult> {
    const { rows } = pass.cache;
    const fed = pass.ids.length / rows;
    const feeds = await this.feeds(pass, rows, fed);
    const { length, start } = pass.cache;
    const grown = pass.last ? pass.cache : this.making(rows, length + (pass.seen === undefined ? fed : 0), start);
    let outputs: Awaited<ReturnType<typeof this.open.session.run>>;
    try {
      outputs = await this.open.session.run(feeds, this.fetches(pass), this.cacheUse(pass, fed, grown));
    } catch (cause) {
      throw new ConnectorError(`${this.open.path} failed on ${rows} × ${fed} tokens: ${firstLine(cause)}`, { cause });
    }
    this.spent.tokens += pass.ids.length;
    this.spent.passes += 1;
    const output = (name: string): Tensor => outputs[name] as Tensor;
    if ((pass.consume || pass.seen !== undefined) && !pass.last) this.made.delete(pass.cache);
    return { ...readOutputs(this.io, pass, { fed, path: this.open.path, output }), cache: grown };
  }

  private making(rows: number, length: number, start?: RowCache): RowCache {
    const cache = { id: cacheIds++, rows, length, start };
    this.made.add(cache);
    return cache;
  }

  private cacheUse({ cache, last, reserve = 0, consume = false, seen }: Pass, fed: number, grown: RowCache): CacheUse {
    const inputs = this.io.caches.map(({ past }) => past);
    const before = startLength(cache);
    const read = cache.start ?? this.noStart;
    const start = read === null ? null : { id: read.id, inputs: inputs.map(startName) };
    if (last) return { id: cache.id, inputs, start, growth: null };
    const outputs = this.io.caches.map(({ past, present }) => {
      const update = this.updates.get(past);
      return { name: update ?? present, added: update !== undefined };
    });
    return {
      id: cache.id,
      inputs,
      start,
      growth: {
        id: grown.id,
        outputs,
        fed,
        reserve: Math.max(0, reserve - before),
        consume,
        seen: seen === undefined ? null : Int32Array.from(seen, (tokens) => tokens - before),
      },
    };
  }

  async release(): Promise<void> {
    await this.open.session.release();
  }

  private fetches(pass: Pass): string[] {
    const wanted = pass.keep > 0 || pass.last || this.io.caches.length === 0;
    const names = !wanted ? [] : scoresInside(this.io, pass) ? Object.values<string>(SCORES) : [this.io.logits.name];
    if (pass.wantHidden && this.io.hidden !== null) names.push(this.io.hidden.name);
    if (!pass.last) for (const { past, present } of this.io.caches) names.push(this.updates.get(past) ?? present);
    return names;
  }

  private async feeds(pass: Pass, rows: number, fed: number): Promise<Record<string, Tensor>> {
    const { io } = this;
    // What rows start with is seen by all that they are fed: masks are of what stands in the rows.
    const past = pass.cache.length - startLength(pass.cache);
    const feeds = await this.inputs(pass.ids, rows, fed);
    if (io.attentionMask !== null) feeds[io.attentionMask.name] = maskTensor(io.attentionMask.type, pass, [rows, past + fed]);
    if (io.positionIds !== null) feeds[io.positionIds.name] = integerTensor(io.positionIds.type, positions(pass, rows, fed), [rows, fed]);
    if (io.places !== null) feeds[io.places.name] = int64Tensor(places(pass, io.places.heads, fed), [rows, io.places.heads, fed, 3]);
    // Graphs read 0 as "all positions", so the least that can be asked for is one.
    if (io.logitsToKeep !== null)
      feeds[io.logitsToKeep.name] = integerTensor(io.logitsToKeep.type, [Math.max(1, pass.keep)], io.logitsToKeep.rank === 0 ? [] : [1]);
    if (io.picked !== null) Object.assign(feeds, pickedFeeds(io, pass, fed));
    if (io.useCacheBranch !== null) feeds[io.useCacheBranch] = new Tensor("bool", Uint8Array.of(pass.cache.length > 0 ? 1 : 0), [1]);
    for (const { name, type, dims } of io.idle) feeds[name] = zerosTensor(type, dims);
    return feeds;
  }

  private async inputs(ids: Int32Array, rows: number, fed: number): Promise<Record<string, Tensor>> {
    const { input, perLayer, sound } = this.io;
    if (sound !== null) return await this.besideIds(ids, [rows, fed], sound);
    if (this.embed === null) return { [input.name]: integerTensor(input.type, ids, [rows, fed]) };
    const data = await this.embed(ids);
    const width = data.length / ids.length;
    if (perLayer === null) return { [input.name]: fromFloat32(input.type, data, [rows, fed, width]) };
    const hidden = width - perLayer.width;
    return {
      [input.name]: fromFloat32(input.type, columns(data, width, 0, hidden), [rows, fed, hidden]),
      [perLayer.name]: fromFloat32(perLayer.type, columns(data, width, hidden, width), [rows, fed, ...perLayer.sizes]),
    };
  }

  /** Placeholders among the ids, and their rows in the order of the flattened batch. @throws ConnectorError where a text has a token that stands for sound. */
  private async besideIds(ids: Int32Array, dims: readonly [number, number], sound: SoundInput): Promise<Record<string, Tensor>> {
    const { input } = this.io;
    const taken = ids.find((id) => id === sound.placeholder || sound.unfedIds.includes(id));
    if (taken !== undefined) throw new ConnectorError(`a text has the token ${taken}, which stands for sound: write it otherwise`);
    const heard = ids.filter((id) => id < 0);
    const data = (heard.length === 0 ? null : await this.embed?.(heard)) ?? new Float32Array(0);
    if (data.length !== heard.length * sound.hidden)
      throw new ConnectorError(
        `${this.open.path} takes rows of sound of ${sound.hidden} numbers, but the audio encoder gives ${data.length / heard.length}`,
      );
    const shape = [...new Array<number>(sound.rank - 2).fill(1), heard.length, sound.hidden];
    return {
      [input.name]: integerTensor(
        input.type,
        ids.map((id) => (id < 0 ? sound.placeholder : id)),
        dims,
      ),
      [sound.name]: fromFloat32(sound.type, data, shape),
    };
  }
}
