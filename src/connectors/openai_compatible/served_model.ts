import { ModelHistoryTrackingMode } from "../../chat/enums.js";
import type { ModelResponse } from "../../chat/model_response.js";
import { ConnectorError } from "../../errors.js";
import type { ModelIdentity } from "../../repos/resources.js";
import { BaseMllmModel, LOAD_DEFAULTS } from "../model.js";
import { requireResponses } from "../model_arguments.js";
import type { LoadOptions, Matrix } from "../types.js";
import type { Connection } from "./connection.js";

/** What is the same of all models behind a server, whatever they are sent. */
export abstract class ServedModel extends BaseMllmModel {
  readonly identity: ModelIdentity;
  /** null: nothing is asked of the server. */
  readonly model: Connection | null;

  constructor(
    options: LoadOptions,
    { identity, connection }: { readonly identity: ModelIdentity; readonly connection: Connection | null },
  ) {
    super(options.config, options.device ?? LOAD_DEFAULTS.device, ModelHistoryTrackingMode.TEXT, options.onEvent);
    this.identity = identity;
    this.model = connection;
  }

  async getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    throw this.noEmbeddings("static", "its weights are behind a server");
  }

  async getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    throw this.noEmbeddings("contextual", "its weights are behind a server");
  }

  async dispose(): Promise<void> {
    await this.queue(async () => await this.model?.calls.close());
  }

  /** @throws ConnectorError where nothing is to be asked. */
  protected connected(): Connection {
    if (this.model === null) throw new ConnectorError("this model was opened to be looked at: its server is not asked");
    return this.model;
  }
}
