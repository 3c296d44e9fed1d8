/** What a run tells whoever watches; it never changes what is computed. */
export type RunEvent =
  /** A part of a run begins, until the next one does or something is counted. */
  | { readonly kind: "phase"; readonly label: string }
  | {
      readonly kind: "progress";
      /** What is counted, such as "coalitions" or a file's name while it downloads. */
      readonly label: string;
      readonly done: number;
      /** null where the end is not known. */
      readonly total: number | null;
    }
  | { readonly kind: "warning"; readonly message: string }
  /** What whoever runs it should know without asking, such as where a conversation is sent. */
  | { readonly kind: "notice"; readonly message: string }
  /** Shown with `--verbose`: plans, fallbacks, what was found. */
  | { readonly kind: "log"; readonly message: string };

export type OnEvent = (event: RunEvent) => void;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}
