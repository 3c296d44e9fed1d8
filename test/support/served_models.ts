import { afterAll, afterEach, beforeAll } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import type { FakeServer } from "./fake_server.js";
import { type ServedNano, servedNano } from "./served_nano.js";

/** What the tests of a file open, closed after each; and the embedded model that their servers answer with, loaded once. */
export interface ServedModels {
  readonly nano: ServedNano;
  readonly open: FakeServer[];
  readonly models: Model[];
}

/** To be called where a file's tests are collected. */
export function servedModels(): ServedModels {
  let nano: ServedNano | null = null;
  const open: FakeServer[] = [];
  const models: Model[] = [];
  beforeAll(async () => {
    nano = await servedNano();
  });
  afterEach(async () => {
    for (const model of models.splice(0)) await model.dispose();
    for (const server of open.splice(0)) await server.close();
  });
  afterAll(() => nano?.model.dispose());
  return {
    get nano() {
      if (nano === null) throw new Error("the embedded model is loaded before the first test");
      return nano;
    },
    open,
    models,
  };
}
