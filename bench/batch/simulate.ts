import { MAX_ATTEMPTS } from "../../src/cli/batch/batch_flags.js";
import { LOCK_S, LOOKS } from "../../src/cli/queue/work_queue.js";
import { createRng, type Rng } from "../../src/random.js";
import { createEvents } from "./events.js";

/** A cluster that does not exist. Times in seconds. */
export interface Cluster {
  readonly workers: number;
  readonly conversations: number;
  /** Of a conversation on a usual worker: log-normal. */
  readonly medianS: number;
  readonly sigma: number;
  /** Share of workers that are slower, and by how much. */
  readonly stragglers: number;
  readonly slowdown: number;
  /** Mean time between a worker's preemptions: exponential. */
  readonly preemptedEveryS: number;
  /** Share of preemptions with a notice (SIGTERM); the others are kills. */
  readonly noticed: number;
  /** Until a preempted worker is back: exponential. */
  readonly backAfterS: number;
}

export const CLUSTER = {
  workers: 1_000,
  medianS: 60,
  sigma: 0.7,
  stragglers: 0.05,
  slowdown: 4,
  preemptedEveryS: 2 * 3_600,
  noticed: 0.8,
  backAfterS: 300,
} as const satisfies Omit<Cluster, "conversations">;

export interface Simulated {
  /** Until the last conversation is done. */
  readonly makespanS: number;
  /** Until 99 % of them are. */
  readonly mostS: number;
  /** All work, spread evenly over all workers at their speeds, none ever preempted. */
  readonly idealS: number;
  readonly preemptions: number;
  readonly kills: number;
  /** Share of the work that was done in vain. */
  readonly wasted: number;
  /** Conversations that were killed as often as is allowed, through no fault of theirs. */
  readonly givenUp: number;
}

/** How work is given out. */
export type Engine =
  /** One queue: a free worker takes the next conversation. */
  | { readonly kind: "queue" }
  /** So many shards as tasks of an array: a free worker takes the next shard, and a preempted shard is queued again. */
  | { readonly kind: "shards"; readonly count: number };

/** A piece of work that a worker takes: its conversations, one after the other. */
interface Piece {
  readonly list: readonly number[];
  next: number;
}

/**
 * Lets a cluster explain conversations. A conversation that is interrupted starts anew: its answers are taken for lost with the worker's disk.
 * After a notice it is free at once; after a kill when the queue misses its worker (lock and look, as `mllm-shap worker` has them), or when
 * the scheduler starts the shard again. Starts are counted, and conversations given up, as `mllm-shap batch` does.
 */
export function simulate(cluster: Cluster, engine: Engine, seed: number): Simulated {
  const rng = createRng(seed).fork("cluster");
  const durations = drawn(cluster.conversations, rng.fork("durations"), (one) => cluster.medianS * Math.exp(cluster.sigma * normal(one)));
  const speeds = drawn(cluster.workers, rng.fork("speeds"), (one) => (one.float() < cluster.stragglers ? 1 / cluster.slowdown : 1));
  const chance = rng.fork("preemptions");
  const pieces = piecesOf(cluster.conversations, engine);
  const events = createEvents();
  /** Pieces that were interrupted, which go first. */
  const returned: Piece[] = [];
  const idle: number[] = [];
  let first = 0;
  const kills = new Uint8Array(cluster.conversations);
  const seen = { preemptions: 0, kills: 0, wasted: 0, givenUp: 0, open: cluster.conversations };
  const ends: number[] = [];

  const offer = (piece: Piece, time: number): void => {
    returned.push(piece);
    const worker = idle.pop();
    if (worker !== undefined) take(worker, time);
  };
  /** @param until when the worker is preempted next. */
  const take = (worker: number, time: number, until = time + exponential(chance, cluster.preemptedEveryS)): void => {
    const piece = returned.pop() ?? pieces[first++];
    if (piece === undefined) idle.push(worker);
    else work(worker, piece, time, until);
  };
  const settle = (time: number): void => {
    seen.open--;
    ends.push(time);
  };
  const work = (worker: number, piece: Piece, time: number, until: number): void => {
    const conversation = piece.list[piece.next];
    if (conversation === undefined) {
      take(worker, time, until);
      return;
    }
    const end = time + (durations[conversation] ?? 0) / (speeds[worker] ?? 1);
    if (end > until) {
      events.at(until, () => preempt(worker, piece, conversation, time, until));
      return;
    }
    events.at(end, () => {
      piece.next++;
      settle(end);
      work(worker, piece, end, until);
    });
  };
  const preempt = (worker: number, piece: Piece, conversation: number, since: number, time: number): void => {
    const noticed = chance.float() < cluster.noticed;
    const back = exponential(chance, cluster.backAfterS);
    seen.preemptions++;
    seen.wasted += (time - since) * (speeds[worker] ?? 1);
    if (!noticed) {
      seen.kills++;
      kills[conversation] = (kills[conversation] ?? 0) + 1;
      if ((kills[conversation] ?? 0) > allowedKills(engine)) {
        seen.givenUp++;
        piece.next++;
        settle(time);
      }
    }
    const free = noticed || engine.kind === "shards" ? time : time + LOCK_S + chance.float() * LOCK_S * LOOKS;
    if (piece.next < piece.list.length) events.at(free, () => offer(piece, free));
    events.at(time + back, () => take(worker, time + back));
  };
  for (let worker = 0; worker < cluster.workers; worker++) events.at(0, () => take(worker, 0));
  events.run();
  if (seen.open > 0) throw new Error(`${seen.open} conversations were lost`);
  const total = durations.reduce((sum, one) => sum + one, 0);
  return {
    makespanS: ends.at(-1) ?? 0,
    mostS: ends[Math.ceil(0.99 * ends.length) - 1] ?? 0,
    idealS: total / speeds.reduce((sum, one) => sum + one, 0),
    preemptions: seen.preemptions,
    kills: seen.kills,
    wasted: seen.wasted / (total + seen.wasted),
    givenUp: seen.givenUp,
  };
}

/** A shard gives up at the last start that it may make; the queue counts kills, and lets so many pass. */
function allowedKills({ kind }: Engine): number {
  return kind === "queue" ? MAX_ATTEMPTS : MAX_ATTEMPTS - 1;
}

function piecesOf(conversations: number, engine: Engine): Piece[] {
  const count = engine.kind === "queue" ? conversations : engine.count;
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < conversations; i++) lists[i % count]?.push(i);
  return lists.filter((list) => list.length > 0).map((list) => ({ list, next: 0 }));
}

function drawn(count: number, rng: Rng, draw: (rng: Rng) => number): Float64Array {
  return Float64Array.from({ length: count }, () => draw(rng));
}

function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.float());
}

/** Box and Muller. */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
}
