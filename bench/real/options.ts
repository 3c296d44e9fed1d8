export interface RealOptions {
  readonly folder?: string | undefined;
  /** A folder of a model in LFM2-Audio's layout, heard beside the embedded one, and its precision. */
  readonly speech?: string | undefined;
  readonly dtype: string;
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
