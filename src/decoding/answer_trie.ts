interface Node {
  /** Answers that went through here. */
  seen: number;
  readonly next: Map<number, Node>;
  /** The last guess from here: rows of a batch have often begun alike. */
  guessed: { readonly answers: number; readonly most: number; readonly guess: Guess } | null;
}

const newNode = (): Node => ({ seen: 0, next: new Map(), guessed: null });

/** How an answer may go on, and how likely each token is to be reached with all before it. */
export interface Guess {
  readonly ids: readonly number[];
  /** Falling from at most 1. */
  readonly odds: readonly number[];
}

const NO_GUESS: Guess = { ids: [], odds: [] };
/** Nodes kept at most; beyond, the oldest conversations are of no use any more. */
const MOST_NODES = 200_000;

/** Answers given so far, as a tree of tokens: most masked chats are answered like the whole one or like a sibling. */
export class AnswerTrie {
  private root = newNode();
  private nodes = 0;

  add(ids: readonly number[]): void {
    if (this.nodes > MOST_NODES) {
      this.root = newNode();
      this.nodes = 0;
    }
    let node = this.root;
    node.seen += 1;
    for (const id of ids) {
      let child = node.next.get(id);
      if (child === undefined) {
        child = newNode();
        node.next.set(id, child);
        this.nodes += 1;
      }
      child.seen += 1;
      node = child;
    }
  }

  /**
   * The likeliest way on from an answer's first tokens. A token's odds are those of the rule of succession, which trusts
   * nothing that was seen only once: where all answers differ, nothing is guessed.
   */
  guess(start: readonly number[], most: number): Guess {
    let node: Node | undefined = this.root;
    for (const id of start) {
      node = node.next.get(id);
      if (node === undefined) return NO_GUESS;
    }
    const answers = this.root.seen;
    if (node.guessed?.answers !== answers || node.guessed.most !== most) node.guessed = { answers, most, guess: likeliestWay(node, most) };
    return node.guessed.guess;
  }
}

function likeliestWay(from: Node, most: number): Guess {
  const ids: number[] = [];
  const odds: number[] = [];
  let node = from;
  let reached = 1;
  while (ids.length < most) {
    const best = likeliest(node);
    if (best === null) break;
    reached *= best.child.seen / (node.seen + 1);
    ids.push(best.id);
    odds.push(reached);
    node = best.child;
  }
  return { ids, odds };
}

function likeliest(node: Node): { readonly id: number; readonly child: Node } | null {
  let best: { readonly id: number; readonly child: Node } | null = null;
  for (const [id, child] of node.next) if (best === null || child.seen > best.child.seen) best = { id, child };
  return best;
}
