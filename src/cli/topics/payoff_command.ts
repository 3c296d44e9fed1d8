import type { Topic } from "./topic.js";

export const payoffCommand: Topic = {
  name: "payoff-command",
  summary: "how a program of your own scores answers",
  text: async () => `--payoff-command PROGRAM starts the program once for each batch of answers.

It reads one line of JSON for each answer from its standard input:
  {"text": "…", "tokens": [17, 4], "audio_codes": [], "finish_reason": "stop",
   "target": {"text": "…", "tokens": [17, 9], "audio_codes": []}}
where target is the answer to the whole conversation, and writes one number a line to its standard output, in
the same order. Anything else, a number that is not finite, too few or too many lines, or an exit code other than
0 is an error, with what it said on stderr. It may take --payoff-timeout seconds.

A program that counts the words that two answers share:
  mllm-shap explain conv.yaml --payoff-command "python3 shared.py"
  # shared.py
  import json, sys
  for line in sys.stdin:
      answer = json.loads(line)
      said, wanted = set(answer["text"].split()), set(answer["target"]["text"].split())
      print(len(said & wanted) / max(1, len(wanted)))
`,
};
