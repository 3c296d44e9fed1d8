"""Tokenisers of a few hundred entries, built as the families' own are: same normaliser, cutting, decoder and special tokens."""
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from sentences import sentences

LLAMA3_CUT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN_CUT = LLAMA3_CUT.replace(r"\p{N}{1,3}", r"\p{N}")
MERGES = 40


def special(text: str, **more: bool) -> AddedToken:
    return AddedToken(text, special=True, normalized=False, **more)


def byte_level(specials: list[str], *, cut: str = "gpt2", nfc: bool = False, bos: str | None = None, plain: tuple[str, ...] = ()) -> Tokenizer:
    """GPT-2's heirs. `cut`: "gpt2", "digits" (SmolLM2, Granite: every digit apart), or a regular expression (Llama 3, Qwen)."""
    tokenizer = Tokenizer(models.BPE())
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    if cut == "gpt2":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    elif cut == "digits":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(cut), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=256 + MERGES, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator(sentences(), trainer)
    tokenizer.add_special_tokens([special(text) for text in specials])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in plain])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    if bos is not None:
        begin = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))])
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), begin])
    return tokenizer


def sentence_piece(head: list[str], *, prefix: str | None, bos: str, tail: tuple[AddedToken, ...] = (), runs: tuple[str, ...] = (), begins: bool = True) -> Tokenizer:
    """
    SentencePiece BPE with byte fallback as tokenizer.json spells it. `head`: the first ids, `tail`: added tokens behind the vocabulary.
    `prefix`: where a blank is put: "always" before the first word and after every added token (Phi-3, as Llama 2 once), "first" before the
    first word only (Mistral), None = nowhere (Gemma). `runs`: added tokens of blanks. `begins`: a text is fed with bos before it.
    """
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trained.train_from_iterator(sentences(), trainers.BpeTrainer(vocab_size=110, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].get)
    names = head + [f"<0x{byte:02X}>" for byte in range(256)] + [piece for piece in pieces if piece not in head]
    vocabulary = {name: i for i, name in enumerate(names)}
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if prefix == "first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    elif prefix == "always":
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    if prefix is not None:
        steps.append(decoders.Strip(" ", 1, 0))
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.add_special_tokens([special(text) for text in head])
    for token in tail:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in runs])
    if begins:
        tokenizer.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))])
    return tokenizer
