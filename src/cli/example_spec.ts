/** A spec with what is set most often, as a beginner would like to find it; every value that is commented out is a valid one. */
export const EXAMPLE = `# A conversation whose answer is explained: mllm-shap explain conv.yaml
# All keys: mllm-shap schema; all flags: mllm-shap explain --help; what is wrong with a spec: mllm-shap check conv.yaml
version: 1

model:
  # embedded:nano comes with the package (a toy: it knows some hundred words of household commands).
  # Else a folder with an ONNX export, relative to this file, or a Hugging Face hub id (--allow-download fetches it).
  repo: embedded:nano
  # device: auto             # cpu, cuda or webgpu

messages:
  # - {role: system, content: You switch lights and play music.}
  - role: user
    content: could you please turn on the kitchen light
  # Sound, for a model that hears; its words become players where a transcript is given:
  # - role: user
  #   content:
  #     - {type: audio, path: question.wav, transcript: what is the capital of france}
  # An answer of your own is explained where it stands last:
  # - {role: assistant, content: turning on the kitchen light}

generation:
  max_new_tokens: 64

explain:
  players: word              # token, word, sentence, line, paragraph, turn …, or segment (of sound)
  payoff: likelihood         # how likely the answer stays without a part; or tfidf, embedding, contrast, ...
  sampler: auto              # exact while the budget allows it, estimates with errors beyond
  budget: 1024               # coalitions that are asked for; or 10n, ten for each player
  seed: 0
`;
