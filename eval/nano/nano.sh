#!/bin/sh
# The nano model, from nothing to its table: sh eval/nano/nano.sh BIN OUT
#   BIN: the folder of the environment's programs. OUT: where everything goes.
# Every step goes on where it was stopped. Of another size, by the environment:
#   BASE: the model to begin with. SFT, GRPO: recipes. PEOPLE: to train on. ASKED: to measure on.
set -eu
bin=$1 out=$2
pack=personavlm/training/recipes/nano.prompts.json
search="--semantic 2 --episodic 1 --turn-tokens 90"
base=${BASE:-$("$bin/python" -m eval.nano.smollm2)}
people=${PEOPLE:-96} asked=${ASKED:-100}

"$bin/personavlm" synthesize --simulator --seed 1 --people "$people" $search --prompts "$pack" \
    --mix small --format sft --format rl --out "$out/train"
"$bin/personavlm" synthesize --simulator --seed 7 --people $((asked + asked / 10)) --split test \
    --size 50 --format rl --out "$out/test"

measure() {
    "$bin/python" eval/skills/run.py --people "$out/test" --limit "$asked" $search \
        --prompts "$pack" --name "$1" --model "$2" --out "$out/skills"
}
measure "by hand" preview
measure "before training" "$base"
"$bin/personavlm" train sft --config "${SFT:-sft-nano}" --model "$base" \
    --data "$out/train/sft/sft.json" --prompts "$pack" --output "$out/sft" --resume
measure "after SFT" "$out/sft/model"
"$bin/personavlm" train grpo --config "${GRPO:-grpo-nano}" --model "$out/sft/model" \
    --data "$out/train/rl/rl.jsonl" --output "$out/grpo" --resume
measure "after GRPO" "$out/grpo/model"
"$bin/python" -m eval.nano.curves "$out"
