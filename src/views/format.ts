import { DEFAULT_FIGURE, type FigureOptions } from "./figure_options.js";
import type { ColorSupportLevel } from "./text/theme.js";

/** Takes text, or the bytes of a picture, on its way to a file or a screen. */
export type Sink = (part: string | Uint8Array) => void | Promise<void>;

/** How things are shown; each format takes what it understands. */
export interface ViewOptions {
  /** Texts that a spreadsheet would take for a formula get a leading apostrophe. Numbers stay numbers. */
  readonly csvExcel: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** 0 none, 1 sixteen colours, 2 256, 3 true colour. */
  readonly colorLevel: ColorSupportLevel;
  readonly figure: FigureOptions;
  /** JSON is a list, however many items there are (true), or an object of the only one (false). @default null: an object where there is one */
  readonly asList?: boolean | null;
}

const DEFAULT_VIEW: ViewOptions = { csvExcel: false, width: 80, colorLevel: 0, figure: DEFAULT_FIGURE };

/** A document that is being written. What reached the sink is whole: an interruption between two items loses neither. */
export interface Writer<Item> {
  write(item: Item): void | Promise<void>;
  /** Ends the document. A document without any item is empty. */
  close(): void | Promise<void>;
}

/** A format as its registry holds it. */
export interface FormatDefinition<Item, Name extends string = string> {
  /** As flags say it. */
  readonly name: Name;
  /** Endings of file names that mean this format, dot included, lower case. */
  readonly endings: readonly string[];
  /** It sets colours where there are some, and writes out what a terminal would obey: nothing else of it needs to be. @default false */
  readonly painted?: boolean;
  /** Its documents play sound, so that items should hold it. @default false */
  readonly sound?: boolean;
  /** It shows stretches of the conversation's sound: items without any are refused. @default false */
  readonly needsSound?: boolean;
  /** Its documents are bytes, which no terminal shows. @default false */
  readonly binary?: boolean;
  /** Nothing of a document is there before its last item. @default false: each item goes out as it comes */
  readonly atEnd?: boolean;
  /** A document has room for one item. @default false */
  readonly holdsOne?: boolean;
  /** Begins a document of items, each of which is written as it comes where the format permits that. */
  readonly open: (sink: Sink, options: ViewOptions) => Writer<Item>;
}

/** The door that every format comes in by: one file and one entry of its kind's registry make an output format. */
export function defineFormat<Item>() {
  return <const Name extends string>(definition: FormatDefinition<Item, Name>): FormatDefinition<Item, Name> => definition;
}

/** A document that goes out item by item. */
export function itemByItem<Item>(
  render: (item: Item, index: number, options: ViewOptions) => string | Promise<string>,
): FormatDefinition<Item>["open"] {
  return (sink, options) => {
    let index = 0;
    return {
      write: (item) => {
        const part = render(item, index++, options);
        return part instanceof Promise ? part.then(sink) : sink(part);
      },
      close: () => undefined,
    };
  };
}

/** A whole document. */
type Document = string | Uint8Array;

/** A document that needs all its items: it goes out when it is closed. */
export function allAtOnce<Item>(
  render: (items: readonly Item[], options: ViewOptions) => Document | Promise<Document>,
): FormatDefinition<Item>["open"] {
  return (sink, options) => {
    const items: Item[] = [];
    return {
      write: (item) => void items.push(item),
      close: () => {
        if (items.length === 0) return undefined;
        const document = render(items, options);
        return document instanceof Promise ? document.then(sink) : sink(document);
      },
    };
  };
}

/** The whole document as one text. @throws Error where the format gives bytes: `open` it with a sink that takes them. */
export async function render<Item>(
  { open }: Pick<FormatDefinition<Item>, "open">,
  items: readonly Item[],
  options: Partial<ViewOptions> = {},
): Promise<string> {
  const parts: string[] = [];
  const take = (part: string | Uint8Array): void => {
    if (typeof part !== "string") throw new Error("this format gives bytes, no text");
    parts.push(part);
  };
  const writer = open(take, { ...DEFAULT_VIEW, ...options });
  for (const item of items) await writer.write(item);
  await writer.close();
  return parts.join("");
}

/** The format of a registry that a file name's ending means, or null. */
export function formatOfFile<Format extends Pick<FormatDefinition<never>, "endings">>(
  formats: Readonly<Record<string, Format>>,
  file: string,
): Format | null {
  const lower = file.toLowerCase();
  return Object.values(formats).find(({ endings }) => endings.some((ending) => lower.endsWith(ending))) ?? null;
}
