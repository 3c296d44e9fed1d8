"""Writes a GGUF file as Hugging Face weights in fp32: python from_gguf.py FOLDER FILE TARGET"""

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, file, target = sys.argv[1:]
AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).save_pretrained(target)
AutoTokenizer.from_pretrained(folder, gguf_file=file).save_pretrained(target)
