import { z } from "zod";

/** A server as a person's settings name it. Keys stay in the environment: a file would be read by whoever reads backups. */
export const NamedServerSchema = z.strictObject({
  url: z.string(),
  key_variable: z.string().regex(/^\w+$/).optional(),
  kind: z.string().optional(),
  /** Of a million tokens sent, and of answers. */
  token_price: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).optional(),
});
export const NamedServersSchema = z.record(z.string(), NamedServerSchema);

export type NamedServer = z.output<typeof NamedServerSchema>;
export type NamedServers = Readonly<Record<string, NamedServer>>;
