import { DEFAULT_FIGURE, type FigureOptions } from "../views/figure_options.js";
import type { ViewOptions } from "../views/format.js";
import type { Context } from "./context.js";
import { type DocumentSink, fileSink, stdoutSink } from "./files.js";
import type { Output } from "./outputs.js";

/** All outputs of a command, each item of which goes out as soon as its format permits. */
export interface Delivery<Item> {
  write(item: Item): Promise<void>;
  /** Ends every document; nothing is written of one without items. @returns whether everything could be written. */
  close(): Promise<boolean>;
  /** Nobody takes what is written: it goes to standard output alone, whose reader has gone. */
  isUnread(): boolean;
}

export interface DeliveryOptions {
  /** @default false */
  readonly csvExcel?: boolean;
  /** @default as views/figure_options.ts says */
  readonly figure?: Partial<FigureOptions>;
  /** As `ViewOptions` says. @default null */
  readonly asList?: boolean | null;
  /** Says of every file that it was written. @default false */
  readonly announce?: boolean;
  /** Told of an output that failed; the others go on. @default the error is thrown */
  readonly onFailure?: (error: unknown) => void;
}

/** The one way by which documents leave a command. */
export async function openDelivery<Item>(
  outputs: readonly Output<Item>[],
  { terminal, interrupt }: Context,
  options: DeliveryOptions = {},
): Promise<Delivery<Item>> {
  const onScreen = outputs.some(({ file }) => file === null) ? terminal.colorLevel() : 0;
  const sinkOf = ({ file, format }: Output<Item>): DocumentSink =>
    file !== null ? fileSink(file) : stdoutSink((part) => terminal.print(part, format.painted), format.endings[0] ?? "");
  const writers = outputs.map((output) => {
    const { file, format } = output;
    const view: ViewOptions = {
      csvExcel: options.csvExcel === true,
      width: terminal.columns,
      colorLevel: file === null ? onScreen : 0,
      figure: { ...DEFAULT_FIGURE, ...options.figure },
      asList: options.asList ?? null,
    };
    const sink = sinkOf(output);
    return { file, writer: format.open((part) => sink.write(part), view), sink, items: 0, failed: false };
  });
  const each = async (act: (writer: (typeof writers)[number]) => Promise<void>): Promise<void> => {
    for (const one of writers) {
      try {
        await interrupt.finish(act(one));
      } catch (error) {
        one.failed = true;
        if (options.onFailure === undefined) throw error;
        options.onFailure(error);
      }
    }
  };
  return {
    write: (item) =>
      each(async (one) => {
        one.items++;
        await one.writer.write(item);
      }),
    async close() {
      await each(async (one) => {
        await one.writer.close();
        await one.sink.close();
        if (options.announce === true && one.file !== null && one.items > 0 && !one.failed) terminal.say(`wrote ${one.file}`);
      });
      return writers.every(({ failed }) => !failed);
    },
    isUnread: () => terminal.stdoutIsClosed() && outputs.length > 0 && outputs.every(({ file }) => file === null),
  };
}

/** Delivers items that are all there. */
export async function deliver<Item>(items: readonly Item[], outputs: readonly Output<Item>[], context: Context): Promise<void> {
  const delivery = await openDelivery(outputs, context);
  for (const item of items) await delivery.write(item);
  await delivery.close();
}
