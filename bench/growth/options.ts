export interface GrowthOptions {
  readonly out?: string | undefined;
}
