"""What stands beside the graphs: a byte-level BPE of some two hundred words, and the JSON files that our loader reads."""
import json
import os

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

WORDS = """a about after again all also am an and answer any are as ask at back bad be because been before bell big book boy but by call
came can car chair child city clear clock close cold come could cup day did do does door down drink dry eat eight else end even every eye
face fan far fast father feel few find fire first five fish food for four from front game gave get girl give glass go good green had half
hall hand has have he head hear help her here high him his home hot hour house how i if in inside is it its just keep kitchen know lamp
large last late left less let life light like line list little live long look low made make man many may me mean men minute more most
mother move much music must my name near need never new next night nine no not now number of off old on one only open or other our out
over own part people place play please point put quiet quite radio ran read red right room said same saw say second see seven she short
should show side six small so some soon sound speak start stop such take tell ten than that the their them then there these they thing
this three time to today too top turn two under up us use very wait walk want warm was watch water way we week well went were what when
where which while who why will window with word work world would year yes you young your""".split()


def tokenizer_of(special, breaks=0):
    """Ids: the special tokens first, in their order. `breaks`: so many line breaks in a row are one token, and text is cut at blanks alone, as Gemma's is."""
    tokenizer = Tokenizer(models.BPE())
    at_blanks = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(" [^ ]*|[^ ]+"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.pre_tokenizer = at_blanks if breaks else pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=len(special) + 256 + 200, special_tokens=[AddedToken(text, special=True, normalized=False) for text in special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(WORDS), " " + " ".join(WORDS)] * 2 + ["\n" * breaks] * 500, trainer)
    return tokenizer


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def write_text_files(folder, tokenizer, template, bos, eos):
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    write_json(folder, "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": eos, "add_bos_token": False, "clean_up_tokenization_spaces": False})
    with open(os.path.join(folder, "chat_template.jinja"), "w") as file:
        file.write(template)


def write_preprocessor(folder, bins):
    write_json(folder, "preprocessor_config.json", {
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": bins, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400,
        "chunk_length": 30, "n_samples": 480000, "nb_max_frames": 3000, "padding_value": 0.0,
    })


def plain(config):
    """What of a configuration a reader of JSON may want."""
    return {k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str, bool)) and not k.startswith("_")}
