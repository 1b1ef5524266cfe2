// The ids that Hugging Face's tokenizers library gives to texts, and the tokens it knows:  node tokenize.cjs tokenizer.json texts.json out.json
const fs = require('fs');
const { Tokenizer } = require('@anush008/tokenizers');

(async () => {
  const [file, texts, out] = process.argv.slice(2);
  const tokenizer = Tokenizer.fromFile(file);
  const ids = [];
  for (const text of JSON.parse(fs.readFileSync(texts, 'utf8')))
    ids.push([...(await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds()]);
  fs.writeFileSync(out, JSON.stringify({ ids, vocabulary: tokenizer.getVocab(true) }));
})();
