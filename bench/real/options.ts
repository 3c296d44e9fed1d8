export interface RealOptions {
  readonly folder?: string | undefined;
  readonly rounds: number;
  /** Works whose name ends with it. */
  readonly only: string;
  /** A Python with torch and transformers. */
  readonly python?: string | undefined;
  /** Folder of the same weights as transformers reads them. */
  readonly weights?: string | undefined;
  /** A page whose table of real weights is made again. */
  readonly page?: string | undefined;
}
