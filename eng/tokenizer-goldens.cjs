// Small tokenizers of every supported kind, and the ids that Hugging Face's library gives to texts. See tokenizer-goldens.sh.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { Tokenizer } = require('@anush008/tokenizers');

const ids = tokens => Object.fromEntries(tokens.map((token, id) => [token, id]));
const special = (id, content, more) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const template = (cls, sep) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { '[CLS]': { id: '[CLS]', ids: [cls], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [sep], tokens: ['[SEP]'] } },
});
const file = parts => ({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts });

const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'cat', 'cats', 'sat', 'un', '##aff', '##able', '##s', 'naive', 'cafe', 'c', '##a',
  '##f', '##e', 'the', '東', '京', '大', '##学', 'привет', 'елка', 'σισυφοσ', '!', '.', ',', "'", '-', '$', '+', '=', 't', 'don', 'a', '##b', 'b', '1', '##2', '5',
  '😀', 'ᄒ', '##ᅡ', '##ᆫ', 'Cat', 'The', '`', '^'].filter((token, i, all) => all.indexOf(token) === i);
const wordPiece = lowercase => file({
  added_tokens: pieces.slice(0, 5).map((token, id) => special(id, token, token === '[MASK]' ? { lstrip: true } : {})),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: template(2, 3),
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: ids(pieces) },
});

const bytes = [];
for (let i = 0, next = 256; i < 256; i++)
  bytes.push(String.fromCharCode((i >= 33 && i <= 126) || (i >= 0xA1 && i <= 0xAC) || i >= 0xAE ? i : next++));
const merges = ['t h', 'th e', 'Ġ the', 'c a', 'ca t', 'Ġ cat', 'Ġcat s', "' t", 'Ġ Ġ', 'a a', 'aa aa', 'Ã ©'];
const byteLevel = prefixSpace => file({
  added_tokens: [special(0, '<s>'), special(1, '</s>')],
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: prefixSpace, trim_offsets: true, use_regex: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 1], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: prefixSpace },
  model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false,
    vocab: ids(['<s>', '</s>', ...bytes, ...merges.map(merge => merge.replace(' ', ''))]), merges },
});

const letters = [...'abcdehst 0123456789▁éz'];
const fallback = file({
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
  model: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true,
    vocab: ids(['<unk>', '<0xE4>', '<0xBD>', '<0xA0>', ...letters, 'th', 'the', '▁the']), merges: ['t h', 'th e', '▁ the'] },
});
const suffix = file({
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, { type: 'Split', pattern: { Regex: '\\p{L}+|\\S' }, behavior: 'Removed', invert: true }] },
  model: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '', end_of_word_suffix: '</w>', fuse_unk: false,
    vocab: ids(['<unk>', ...letters, ...letters.map(letter => letter + '</w>'), 'th', 'the</w>']), merges: ['t h', 'th e</w>'] },
});
const words = file({
  added_tokens: [special(0, '[UNK]'), special(1, 'new york', { special: false, normalized: true, single_word: true })],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }, { type: 'Strip', strip_left: true, strip_right: true }] },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'Isolated' }] },
  model: { type: 'WordLevel', unk_token: '[UNK]', vocab: ids(['[UNK]', 'new york', 'the', 'cat', 'cafe', '.', 'new']) },
});

const texts = ['', '   ', 'The cat sat.', 'unaffable CATS', "Don't cafés, naïve café!", '東京大学 the', 'Привет ЁЛКА ΣΊΣΥΦΟΣ', '한 글', 'tab\tnew\nline \u200b\u0007\u00a0the',
  'the [MASK] [CLS]cat [mask]', '😀 the👩‍👩‍👧', 'a'.repeat(101) + ' ' + 'a'.repeat(100), 'ab 12 5 $5+1=`^', '  the  cats   sat  ', "the cat't 你好 the123é",
  'New York is newyork, New York.', 'e\u0301 cafe\u0301', '𠀀𪜀 𝐚𝐛 ½ Ⅷ', 'aaaaaaaaa aaaa', '\ud7ff\ue000\ufffd\u0085the'];

(async () => {
  const cases = [];
  for (const [name, tokenizer] of Object.entries({ 'WordPiece, uncased': wordPiece(true), 'WordPiece, cased': wordPiece(false), 'BPE, byte level': byteLevel(false),
    'BPE, byte level with a space': byteLevel(true), 'BPE, byte fallback': fallback, 'BPE, end of word': suffix, 'words': words })) {
    const saved = path.join(os.tmpdir(), `tokenizer-${process.pid}.json`);
    fs.writeFileSync(saved, JSON.stringify(tokenizer));
    const library = Tokenizer.fromFile(saved);
    fs.unlinkSync(saved);
    const encoded = [];
    for (const text of texts) encoded.push((await library.encode(text, null, { addSpecialTokens: true })).getIds());
    cases.push({ name, tokenizer, ids: encoded });
  }
  fs.writeFileSync(process.argv[2], JSON.stringify({ texts, cases }, null, 1).replace(/\n\s+(-?\d+)(?=[,\n])/g, '$1') + '\n');
})();
