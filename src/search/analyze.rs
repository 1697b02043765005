//! Text to terms: one analyzer for articles and questions, so that both sides always agree.
//!
//! Words are runs of letters and digits, folded (NFKC, lower case, no diacritics) and stemmed by the Snowball stemmer of
//! the text's language. Runs of Chinese, Japanese, Thai and other scripts without spaces give dictionary words (ICU)
//! and overlapping pairs of characters: the pairs find what the dictionary does not know, the words rank it.
//!
//! The result depends on nothing but the text and the language; [`VERSION`] is part of every generation and rises with
//! each change of behaviour.

use std::{ops::Range, sync::LazyLock};

use frostem::{Algorithm, Stemmer};
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Rises with each change in what [`analyze`] returns.
pub const VERSION: u32 = 1;

/// Longer runs are cut: nobody types them, and hostile input must not make huge terms.
const MAX_WORD_CHARS: usize = 60;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_auto(WordBreakInvariantOptions::default()));

/// One term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Folded and stemmed.
    pub term: String,
    /// Bytes of the text that it came from.
    pub span: Range<usize>,
    /// Whether it is one of the language's most frequent words ("how", "the"), which tell little about a subject.
    pub stop: bool,
    /// A pair of characters out of a run without spaces; overlaps its neighbours.
    pub pair: bool,
}

/// The terms of a text in the given language (BCP 47 primary code; unknown ones are not stemmed), in order of their start.
pub fn analyze(text: &str, lang: &str) -> Vec<Token> {
    let stemmer = stemmer(lang);
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    for run in runs(text) {
        match run.kind {
            RunKind::Words => push_word(text, run.span, lang, stemmer.as_ref(), &mut tokens),
            RunKind::Unspaced => push_unspaced(text, run.span, &mut tokens),
        }
    }
    tokens
}

/// NFKC, lower case, without diacritics: the form in which words are compared.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Decompose, drop the marks that Latin, Greek and Cyrillic put on letters, recompose: kana keep their voicing marks.
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase).nfd() {
        match c {
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            c if is_combining_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}') && !is_unspaced(c) => {}
            c => folded.push(c),
        }
    }
    folded.nfc().collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RunKind {
    Words,
    Unspaced,
}

struct Run {
    kind: RunKind,
    span: Range<usize>,
}

/// Cuts a text into runs of one kind; everything that is neither letter nor digit separates them.
fn runs(text: &str) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut current: Option<(RunKind, usize)> = None;
    let mut chars_in_run = 0;
    for (at, c) in text.char_indices() {
        let kind = if is_unspaced(c) {
            Some(RunKind::Unspaced)
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            Some(RunKind::Words)
        } else if is_apostrophe(c) && current.is_some_and(|(kind, _)| kind == RunKind::Words) {
            // Kept inside the run; push_word decides by language what it means.
            Some(RunKind::Words)
        } else {
            None
        };
        match (current, kind) {
            (Some((open, _)), Some(kind)) if open == kind && (chars_in_run < MAX_WORD_CHARS || kind == RunKind::Unspaced) => {
                chars_in_run += 1
            }
            (open, kind) => {
                if let Some((open, start)) = open {
                    found.push(Run { kind: open, span: start..at });
                }
                current = kind.map(|kind| (kind, at));
                chars_in_run = 1;
            }
        }
    }
    if let Some((kind, start)) = current {
        found.push(Run { kind, span: start..text.len() });
    }
    found
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}')
}

/// Scripts that do not put spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF      // Thai, Lao
        | 0x1000..=0x109F    // Myanmar
        | 0x1780..=0x17FF    // Khmer
        | 0x3005..=0x3007    // 々〆〇
        | 0x3040..=0x30FF    // kana
        | 0x31F0..=0x31FF    // small katakana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF // Han
        | 0xFF66..=0xFF9F    // half-width katakana
        | 0x20000..=0x3FFFF) // rare Han
        && c != '・'
}

fn push_word(text: &str, span: Range<usize>, lang: &str, stemmer: Option<&Stemmer>, tokens: &mut Vec<Token>) {
    let raw = &text[span.clone()];
    let raw = raw.trim_end_matches(is_apostrophe);
    if raw.is_empty() {
        return;
    }
    if !raw.contains(is_apostrophe) {
        return push_folded(fold(raw), span.start..span.start + raw.len(), lang, stemmer, tokens);
    }
    if lang == "en" || lang.is_empty() {
        // "what's" is "what"; "don't" is "dont", as it is often typed.
        let cut = raw.strip_suffix(['s', 'S']).map(|rest| rest.trim_end_matches(is_apostrophe)).filter(|rest| rest.len() + 1 < raw.len());
        let kept = cut.unwrap_or(raw);
        let joined: String = kept.chars().filter(|c| !is_apostrophe(*c)).collect();
        return push_folded(fold(&joined), span.start..span.start + kept.len(), lang, stemmer, tokens);
    }
    // "l'identité" is two words.
    let mut start = span.start;
    for part in raw.split(is_apostrophe) {
        let end = start + part.len();
        if !part.is_empty() {
            push_folded(fold(part), start..end, lang, stemmer, tokens);
        }
        start = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
}

fn push_folded(word: String, span: Range<usize>, lang: &str, stemmer: Option<&Stemmer>, tokens: &mut Vec<Token>) {
    if word.is_empty() {
        return;
    }
    let stop = is_stop_word(&word, lang);
    let term = match stemmer {
        Some(stemmer) if !word.chars().any(|c| c.is_ascii_digit()) => stemmer.stem(&word).into_owned(),
        _ => word,
    };
    tokens.push(Token { term, span, stop, pair: false });
}

fn push_unspaced(text: &str, span: Range<usize>, tokens: &mut Vec<Token>) {
    let run = &text[span.clone()];
    let first = tokens.len();
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    let end_of = |i: usize| chars.get(i + 1).map_or(run.len(), |(at, _)| *at);
    for i in 0..chars.len().saturating_sub(1) {
        let (start, end) = (chars[i].0, end_of(i + 1));
        tokens.push(Token {
            term: fold(&run[start..end]),
            span: span.start + start..span.start + end,
            stop: is_kana_particle(chars[i].1) && is_kana_particle(chars[i + 1].1),
            pair: true,
        });
    }
    let mut start = 0;
    for end in SEGMENTER.segment_str(run).filter(|&end| end > 0) {
        let word = &run[start..end];
        let chars = word.chars().count();
        // A word of two characters is already there as a pair.
        if chars != 2 {
            let stop = chars == 1 && word.chars().all(is_hiragana);
            tokens.push(Token { term: fold(word), span: span.start + start..span.start + end, stop, pair: false });
        }
        start = end;
    }
    tokens[first..].sort_by_key(|token| (token.span.start, token.span.end));
}

fn is_hiragana(c: char) -> bool {
    ('\u{3041}'..='\u{309F}').contains(&c)
}

/// Hiragana that mostly carries grammar; two of them in a row say little about a subject.
fn is_kana_particle(c: char) -> bool {
    "のはがをにへとでもかなだですまたしてるいうれさらりよねどこ".contains(c)
}

fn stemmer(lang: &str) -> Option<Stemmer> {
    let algorithm = match lang {
        "ar" => Algorithm::Arabic,
        "ca" => Algorithm::Catalan,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "et" => Algorithm::Estonian,
        "eu" => Algorithm::Basque,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "ga" => Algorithm::Irish,
        "hi" => Algorithm::Hindi,
        "hu" => Algorithm::Hungarian,
        "id" | "ms" => Algorithm::Indonesian,
        "it" => Algorithm::Italian,
        "lt" => Algorithm::Lithuanian,
        "nl" => Algorithm::Dutch,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "tr" => Algorithm::Turkish,
        _ => return None,
    };
    Some(Stemmer::new(algorithm))
}

fn is_stop_word(word: &str, lang: &str) -> bool {
    let list: &[&str] = match lang {
        "en" => STOP_EN,
        "id" | "ms" => STOP_ID,
        "de" => STOP_DE,
        "fr" => STOP_FR,
        "es" => STOP_ES,
        "pt" => STOP_PT,
        "it" => STOP_IT,
        "nl" => STOP_NL,
        _ => return false,
    };
    list.binary_search(&word).is_ok()
}

// Function words, folded, sorted (a test keeps them so).
const STOP_EN: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "cant", "could",
    "did", "do", "does", "dont", "for", "from", "get", "had", "has", "have", "hello", "hey", "hi", "how", "i", "if",
    "im", "in", "into", "is", "it", "its", "ive", "just", "me", "my", "of", "on", "or", "please", "should", "so",
    "some", "thanks", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "u", "ur",
    "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];
const STOP_ID: &[&str] = &[
    "ada", "adalah", "agar", "aku", "anda", "apa", "apakah", "atau", "bagaimana", "bagi", "bahwa", "berapa", "bisa",
    "bisakah", "dalam", "dan", "dapat", "dari", "dengan", "di", "dimana", "gimana", "ini", "itu", "jika", "juga",
    "kalau", "kami", "kapan", "karena", "ke", "kenapa", "kita", "ku", "mana", "mau", "mengapa", "mohon", "nya",
    "oleh", "pada", "punya", "saat", "saja", "sangat", "saya", "sebuah", "siapa", "siapakah", "sudah", "tapi",
    "telah", "tersebut", "tetapi", "tolong", "untuk", "yang", "yg",
];
const STOP_DE: &[&str] = &[
    "aber", "als", "am", "an", "auch", "auf", "aus", "bei", "bin", "bis", "da", "das", "dass", "dem", "den", "der",
    "des", "die", "dies", "diese", "dieser", "doch", "du", "durch", "ein", "eine", "einem", "einen", "einer", "eines",
    "er", "es", "fur", "gibt", "habe", "haben", "hat", "ich", "ihr", "im", "in", "ist", "kann", "konnen", "man",
    "mein", "meine", "mich", "mir", "mit", "muss", "nach", "nicht", "noch", "nur", "oder", "sein", "sich", "sie",
    "sind", "so", "soll", "uber", "und", "uns", "unter", "vom", "von", "vor", "wann", "warum", "was", "wenn", "wer",
    "werde", "werden", "wie", "wir", "wird", "wo", "zu", "zum", "zur",
];
const STOP_FR: &[&str] = &[
    "a", "ai", "au", "aux", "avec", "avez", "avoir", "c", "ce", "ces", "cet", "cette", "comment", "d", "dans", "de",
    "des", "du", "elle", "en", "est", "et", "etre", "faire", "fait", "il", "ils", "j", "je", "l", "la", "le", "les",
    "leur", "lui", "m", "ma", "mais", "me", "mes", "moi", "mon", "n", "ne", "nous", "on", "ou", "par", "pas", "peut",
    "peux", "plus", "pour", "pourquoi", "puis", "qu", "quand", "que", "quel", "quelle", "qui", "quoi", "s", "sa",
    "se", "ses", "si", "son", "sont", "sur", "t", "tu", "un", "une", "vos", "votre", "vous", "y",
];
const STOP_ES: &[&str] = &[
    "a", "al", "como", "con", "cual", "cuando", "de", "del", "donde", "e", "el", "ella", "en", "es", "esta", "este",
    "esto", "estoy", "ha", "hacer", "hago", "hay", "he", "la", "las", "le", "lo", "los", "me", "mi", "mis", "no",
    "nos", "o", "para", "pero", "por", "porque", "puede", "puedo", "que", "quien", "se", "ser", "si", "sin", "sobre",
    "son", "su", "sus", "te", "tengo", "tiene", "tu", "un", "una", "uno", "y", "yo",
];
const STOP_PT: &[&str] = &[
    "a", "ao", "as", "com", "como", "da", "das", "de", "do", "dos", "e", "ela", "ele", "em", "esta", "eu", "foi",
    "ha", "isso", "isto", "ja", "mais", "mas", "me", "meu", "minha", "na", "nao", "nas", "no", "nos", "o", "onde",
    "os", "ou", "para", "pelo", "por", "porque", "posso", "qual", "quando", "que", "quem", "se", "sem", "ser", "seu",
    "sua", "um", "uma", "voce",
];
const STOP_IT: &[&str] = &[
    "a", "ad", "al", "alla", "anche", "che", "chi", "ci", "come", "con", "cosa", "da", "dal", "dei", "del", "della",
    "di", "dove", "e", "ed", "fare", "gli", "ha", "ho", "i", "il", "in", "io", "l", "la", "le", "lo", "ma", "mi",
    "mia", "mio", "nel", "nella", "non", "o", "per", "perche", "posso", "quando", "se", "si", "sono", "su", "un",
    "una",
];
const STOP_NL: &[&str] = &[
    "aan", "als", "bij", "dat", "de", "deze", "die", "dit", "door", "een", "en", "er", "heb", "heeft", "het", "hij",
    "hoe", "ik", "in", "is", "je", "kan", "maar", "met", "mijn", "moet", "naar", "niet", "of", "om", "ook", "op",
    "te", "tot", "u", "uit", "uw", "van", "voor", "waar", "waarom", "was", "wat", "we", "wie", "wij", "worden", "ze",
    "zijn", "zo",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, lang: &str) -> Vec<String> {
        analyze(text, lang).into_iter().map(|token| token.term).collect()
    }

    #[test]
    fn stop_word_lists_are_sorted() {
        for list in [STOP_EN, STOP_ID, STOP_DE, STOP_FR, STOP_ES, STOP_PT, STOP_IT, STOP_NL] {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted, list, "sort and deduplicate this list");
        }
    }

    #[test]
    fn both_sides_of_a_search_meet_in_the_same_terms() {
        assert_eq!(terms("Refunds", "en"), terms("refund", "en"));
        assert_eq!(terms("Vérification", "fr"), terms("verification", "fr"));
        assert_eq!(terms("pengiriman", "id"), terms("kirim", "id"));
        assert_eq!(terms("ＤＮＡ", "ja"), terms("dna", "ja"));
        assert_eq!(terms("I don’t", "en"), terms("i dont", "en"));
        assert_eq!(terms("l’identité", "fr").len(), 2);
    }

    #[test]
    fn unspaced_scripts_give_pairs_and_words() {
        let found = terms("領収書をダウンロードする", "ja");
        assert!(found.contains(&"領収".into()) && found.contains(&"収書".into()), "{found:?}");
        assert!(found.contains(&"ダウンロード".into()), "{found:?}");
    }

    #[test]
    fn spans_point_at_the_word() {
        let text = "Where’s my Überweisung?";
        for token in analyze(text, "en") {
            assert!(text.is_char_boundary(token.span.start) && text.is_char_boundary(token.span.end));
        }
        let last = analyze(text, "de").pop().map(|token| text[token.span].to_owned());
        assert_eq!(last.as_deref(), Some("Überweisung"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_valid_spans(text in "\\PC{0,200}", lang in "en|ja|fr|id|xx") {
            for token in analyze(&text, &lang) {
                proptest::prop_assert!(text.get(token.span.clone()).is_some());
                proptest::prop_assert!(!token.term.is_empty() || token.pair);
            }
        }
    }
}
