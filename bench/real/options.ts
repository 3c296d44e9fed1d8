export interface RealOptions {
  readonly folder?: string | undefined;
  readonly rounds: number;
}
