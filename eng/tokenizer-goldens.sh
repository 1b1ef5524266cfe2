#!/usr/bin/env bash
# Rewrites tests/Rowan.Data.Tests/tokenizer-goldens.json: small tokenizers and the ids that Hugging Face's tokenizers gives to texts.
# Needs node and npm; installs @anush008/tokenizers (Hugging Face's library for node) in a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm init -y > /dev/null && npm install --silent @anush008/tokenizers@0.6.0 > /dev/null)
cp eng/tokenizer-goldens.cjs "$work/"
node "$work/tokenizer-goldens.cjs" tests/Rowan.Data.Tests/tokenizer-goldens.json
