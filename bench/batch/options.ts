export interface BatchOptions {
  readonly conversations: number;
  readonly workers: number;
  readonly kills: number;
  readonly simulated: number;
  readonly seed: number;
  readonly out?: string;
}
