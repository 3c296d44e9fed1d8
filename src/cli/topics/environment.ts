import { type Topic, table } from "./topic.js";

/** Every variable that is looked at. */
export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ["MLLM_SHAP_MODEL", "the model of a conversation that names none"],
  ["MLLM_SHAP_TRUSTED", "folders, separated as in PATH, in which models and audio of any spec may lie"],
  ["MLLM_SHAP_CACHE", "folder of remembered answers (default: mllm-shap in the platform's cache folder)"],
  ["MLLM_SHAP_CACHE_SIZE", "bytes that they take at most, such as 512MiB (default 4GiB)"],
  ["MLLM_SHAP_SERVER", "server that models of the connector openai-compatible are asked at"],
  ["MLLM_SHAP_API_KEY", "key for that server"],
  ["MLLM_SHAP_SERVERS_FILE", "servers by name, in place of those of the settings file and of servers.json beside it"],
  ["MLLM_SHAP_TOKEN_PRICE", "price of a million tokens sent to it, and of its answers, such as 0.15,0.6"],
  ["MLLM_SHAP_MAX_COST", "what one explain or batch may cost there; --yes goes on all the same"],
  ["OPENAI_BASE_URL", "server, where MLLM_SHAP_SERVER names none"],
  ["OPENAI_API_KEY", "key for it"],
  ["HF_HOME", "folder of the Hugging Face cache"],
  ["HF_HUB_CACHE", "folder of its repositories"],
  ["HF_ENDPOINT", "a mirror of the hub"],
  ["HF_TOKEN", "token for repositories that need one"],
  ["HF_HUB_OFFLINE", "1: nothing is fetched"],
  ["FFMPEG_PATH", "the ffmpeg to use (default: the one on PATH)"],
  ["XDG_CACHE_HOME", "parent of our cache folder"],
  ["XDG_CONFIG_HOME", "parent of our settings folder (default ~/.config)"],
  ["TMPDIR", "where temporary files go"],
  ["CUDA_VISIBLE_DEVICES", "GPUs that may be used"],
  ["NVIDIA_TF32_OVERRIDE", "1: CUDA may round products to 10 bits, faster; 0 is set where it is not given"],
  ["NO_COLOR", "no colours"],
  ["FORCE_COLOR", "colours though standard output is no terminal"],
  ["TERM", "dumb: no bar, no colours"],
];

export const environment: Topic = {
  name: "environment",
  summary: "variables that are looked at, and the settings file",
  async text() {
    const { settingsFile } = await import("../user_settings.js");
    return `${table(VARIABLES)}\nThe settings file, ${settingsFile(process.env)}, may say model:, trusted: (a list of folders), servers: (NAME: {url, key_variable, kind, token_price}) and max_cost:; the environment goes before it.\n`;
  },
};
