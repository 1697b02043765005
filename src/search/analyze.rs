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
pub const VERSION: u32 = 2;

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
    /// One of the language's articles, prepositions and the like ("the"), which are left out of a lookup.
    pub stop: bool,
    /// Such a word, or a question word, pronoun or auxiliary ("how", "my"): no sign of a subject.
    pub filler: bool,
    /// A pair of characters out of a run without spaces; overlaps its neighbours.
    pub pair: bool,
}

/// The terms of a text in the given language (BCP 47 primary code; unknown ones are not stemmed), in order of their start.
pub fn analyze(text: &str, lang: &str) -> Vec<Token> {
    let stemmer = stemmer(lang);
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    let mut last_word: Option<Range<usize>> = None;
    for run in runs(text) {
        match run.kind {
            RunKind::Words => {
                push_word(text, run.span.clone(), lang, stemmer.as_ref(), &mut tokens);
                if let Some(last) = last_word.filter(|last| is_hyphen(&text[last.end..run.span.start])) {
                    push_joined(text, last, run.span.clone(), lang, stemmer.as_ref(), &mut tokens);
                }
                last_word = Some(run.span);
            }
            RunKind::Unspaced => {
                push_unspaced(text, run.span, &mut tokens);
                last_word = None;
            }
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
            (Some((open, _)), Some(kind))
                if open == kind && (chars_in_run < MAX_WORD_CHARS || kind == RunKind::Unspaced) =>
            {
                chars_in_run += 1
            }
            (open, kind) => {
                if let Some((open, start)) = open {
                    found.push(Run {
                        kind: open,
                        span: start..at,
                    });
                }
                current = kind.map(|kind| (kind, at));
                chars_in_run = 1;
            }
        }
    }
    if let Some((kind, start)) = current {
        found.push(Run {
            kind,
            span: start..text.len(),
        });
    }
    found
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}')
}

/// Scripts that do not put spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
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
        let cut = raw
            .strip_suffix(['s', 'S'])
            .map(|rest| rest.trim_end_matches(is_apostrophe))
            .filter(|rest| rest.len() + 1 < raw.len());
        let kept = cut.unwrap_or(raw);
        let joined: String = kept.chars().filter(|c| !is_apostrophe(*c)).collect();
        return push_folded(
            fold(&joined),
            span.start..span.start + kept.len(),
            lang,
            stemmer,
            tokens,
        );
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

fn is_hyphen(between: &str) -> bool {
    matches!(between, "-" | "\u{2010}" | "\u{2011}")
}

/// "e-mail" and "Wi-Fi" are also "email" and "wifi", as many people type them.
fn push_joined(
    text: &str,
    first: Range<usize>,
    second: Range<usize>,
    lang: &str,
    stemmer: Option<&Stemmer>,
    tokens: &mut Vec<Token>,
) {
    let letters = |span: &Range<usize>| text[span.clone()].chars().all(char::is_alphabetic);
    if letters(&first) && letters(&second) {
        let joined = format!("{}{}", &text[first.clone()], &text[second.clone()]);
        push_folded(fold(&joined), first.start..second.end, lang, stemmer, tokens);
    }
}

fn push_folded(word: String, span: Range<usize>, lang: &str, stemmer: Option<&Stemmer>, tokens: &mut Vec<Token>) {
    if word.is_empty() {
        return;
    }
    let stop = is_stop_word(&word, lang);
    let filler = stop || is_filler(&word, lang);
    let term = match stemmer {
        Some(stemmer) if !word.chars().any(|c| c.is_ascii_digit()) => stemmer.stem(&word).into_owned(),
        _ => word,
    };
    tokens.push(Token {
        term,
        span,
        stop,
        filler,
        pair: false,
    });
}

fn push_unspaced(text: &str, span: Range<usize>, tokens: &mut Vec<Token>) {
    let run = &text[span.clone()];
    let first = tokens.len();
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    let end_of = |i: usize| chars.get(i + 1).map_or(run.len(), |(at, _)| *at);
    for i in 0..chars.len().saturating_sub(1) {
        let (start, end) = (chars[i].0, end_of(i + 1));
        let stop = is_kana_particle(chars[i].1) && is_kana_particle(chars[i + 1].1);
        tokens.push(Token {
            term: fold(&run[start..end]),
            span: span.start + start..span.start + end,
            stop,
            filler: stop,
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
            let span = span.start + start..span.start + end;
            tokens.push(Token {
                term: fold(word),
                span,
                stop,
                filler: stop,
                pair: false,
            });
        }
        start = end;
    }
    tokens[first..].sort_by_key(|token| (token.span.start, token.span.end));
}

/// The dictionary words in the parts of a text that have no spaces between words, as bytes of the text.
pub(super) fn dictionary_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    for run in runs(text).into_iter().filter(|run| run.kind == RunKind::Unspaced) {
        let mut start = run.span.start;
        for end in SEGMENTER.segment_str(&text[run.span.clone()]).filter(|end| *end > 0) {
            words.push(start..run.span.start + end);
            start = run.span.start + end;
        }
    }
    words
}

pub(super) fn is_hiragana(c: char) -> bool {
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

pub(super) fn is_stop_word(word: &str, lang: &str) -> bool {
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

pub(super) fn is_filler(word: &str, lang: &str) -> bool {
    let list: &[&str] = match lang {
        "en" => FILLER_EN,
        "id" | "ms" => FILLER_ID,
        "de" => FILLER_DE,
        "fr" => FILLER_FR,
        "es" => FILLER_ES,
        "pt" => FILLER_PT,
        "it" => FILLER_IT,
        "nl" => FILLER_NL,
        _ => return false,
    };
    list.binary_search(&word).is_ok()
}

// Words that are left out of a lookup, folded, sorted (a test keeps them so). Question words are not among them: in a help
// center "where" and "how long" tell titles apart.
const STOP_EN: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];
const STOP_ID: &[&str] = &[
    "adalah", "atau", "bagi", "bahwa", "dalam", "dan", "dari", "dengan", "di", "ini", "itu", "jika", "juga", "karena",
    "ke", "ku", "nya", "oleh", "pada", "saat", "saja", "sangat", "sebuah", "tapi", "telah", "tersebut", "tetapi",
    "untuk", "yang", "yg",
];
const STOP_DE: &[&str] = &[
    "aber", "als", "am", "an", "auch", "auf", "aus", "bei", "bis", "da", "das", "dass", "dem", "den", "der", "des",
    "die", "dies", "diese", "dieser", "doch", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es",
    "fur", "im", "in", "ist", "mit", "nach", "nicht", "noch", "nur", "oder", "sein", "sich", "sind", "so", "soll",
    "uber", "und", "uns", "unter", "vom", "von", "vor", "wenn", "zu", "zum", "zur",
];
const STOP_FR: &[&str] = &[
    "a", "au", "aux", "avec", "c", "ce", "ces", "cet", "cette", "d", "dans", "de", "des", "du", "en", "est", "et",
    "etre", "l", "la", "le", "les", "leur", "lui", "mais", "n", "ne", "ou", "par", "pas", "plus", "pour", "qu", "que",
    "s", "sa", "se", "ses", "si", "son", "sont", "sur", "t", "un", "une", "y",
];
const STOP_ES: &[&str] = &[
    "a", "al", "con", "de", "del", "e", "el", "ella", "en", "es", "esta", "este", "esto", "la", "las", "le", "lo",
    "los", "no", "o", "para", "pero", "por", "porque", "que", "se", "ser", "si", "sin", "sobre", "son", "su", "sus",
    "un", "una", "uno", "y",
];
const STOP_PT: &[&str] = &[
    "a", "ao", "as", "com", "da", "das", "de", "do", "dos", "e", "ela", "ele", "em", "esta", "foi", "isso", "isto",
    "ja", "mais", "mas", "na", "nao", "nas", "no", "o", "os", "ou", "para", "pelo", "por", "porque", "que", "se",
    "sem", "ser", "seu", "sua", "um", "uma",
];
const STOP_IT: &[&str] = &[
    "a", "ad", "al", "alla", "anche", "che", "ci", "con", "da", "dal", "dei", "del", "della", "di", "e", "ed", "gli",
    "i", "il", "in", "l", "la", "le", "lo", "ma", "nel", "nella", "non", "o", "per", "perche", "se", "si", "su", "un",
    "una",
];
const STOP_NL: &[&str] = &[
    "aan", "als", "bij", "dat", "de", "deze", "die", "dit", "door", "een", "en", "er", "het", "hij", "in", "is",
    "maar", "met", "naar", "niet", "of", "om", "ook", "op", "te", "tot", "u", "uit", "uw", "van", "voor", "was",
    "worden", "ze", "zijn", "zo",
];

// Question words, pronouns and auxiliaries: looked up, but neither highlighted nor a sign of a subject.
const FILLER_EN: &[&str] = &[
    "about", "am", "any", "been", "can", "cant", "could", "did", "do", "does", "dont", "from", "get", "had", "has",
    "have", "hello", "hey", "hi", "how", "i", "im", "its", "ive", "just", "me", "my", "our", "please", "should", "so",
    "some", "thanks", "them", "u", "ur", "we", "were", "what", "when", "where", "which", "who", "why", "would", "you",
    "your",
];
const FILLER_ID: &[&str] = &[
    "ada",
    "agar",
    "aku",
    "anda",
    "apa",
    "apakah",
    "bagaimana",
    "berapa",
    "bisa",
    "bisakah",
    "dapat",
    "dimana",
    "gimana",
    "kalau",
    "kami",
    "kapan",
    "kenapa",
    "kita",
    "mana",
    "mau",
    "mengapa",
    "mohon",
    "punya",
    "saya",
    "siapa",
    "siapakah",
    "sudah",
    "tolong",
];
const FILLER_DE: &[&str] = &[
    "bin", "du", "gibt", "habe", "haben", "hat", "ich", "ihr", "kann", "konnen", "man", "mein", "meine", "mich", "mir",
    "muss", "sie", "wann", "warum", "was", "wer", "werde", "werden", "wie", "wir", "wird", "wo",
];
const FILLER_FR: &[&str] = &[
    "ai", "avez", "avoir", "comment", "elle", "faire", "fait", "il", "ils", "j", "je", "m", "ma", "me", "mes", "moi",
    "mon", "nous", "on", "peut", "peux", "pourquoi", "puis", "quand", "quel", "quelle", "qui", "quoi", "tu", "vos",
    "votre", "vous",
];
const FILLER_ES: &[&str] = &[
    "como", "cual", "cuando", "donde", "estoy", "ha", "hacer", "hago", "hay", "he", "me", "mi", "mis", "nos", "puede",
    "puedo", "quien", "te", "tengo", "tiene", "tu", "yo",
];
const FILLER_PT: &[&str] = &[
    "como", "eu", "ha", "me", "meu", "minha", "nos", "onde", "posso", "qual", "quando", "quem", "voce",
];
const FILLER_IT: &[&str] = &[
    "chi", "come", "cosa", "dove", "fare", "ha", "ho", "io", "mi", "mia", "mio", "posso", "quando", "sono",
];
const FILLER_NL: &[&str] = &[
    "heb", "heeft", "hoe", "ik", "je", "kan", "mijn", "moet", "waar", "waarom", "wat", "we", "wie", "wij",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, lang: &str) -> Vec<String> {
        analyze(text, lang).into_iter().map(|token| token.term).collect()
    }

    #[test]
    fn word_lists_are_sorted() {
        let stops = [STOP_EN, STOP_ID, STOP_DE, STOP_FR, STOP_ES, STOP_PT, STOP_IT, STOP_NL];
        let fillers = [
            FILLER_EN, FILLER_ID, FILLER_DE, FILLER_FR, FILLER_ES, FILLER_PT, FILLER_IT, FILLER_NL,
        ];
        for list in stops.into_iter().chain(fillers) {
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
        assert_eq!(terms("dikirim", "id"), terms("kirimkan", "id"));
        assert_eq!(terms("ＤＮＡ", "ja"), terms("dna", "ja"));
        assert_eq!(terms("I don’t", "en"), terms("i dont", "en"));
        assert_eq!(terms("l’identité", "fr").len(), 2);
        assert!(terms("Wi-Fi", "en").contains(&terms("wifi", "en")[0]));
    }

    #[test]
    fn unspaced_scripts_give_pairs_and_words() {
        let found = terms("領収書をダウンロードする", "ja");
        assert!(
            found.contains(&"領収".into()) && found.contains(&"収書".into()),
            "{found:?}"
        );
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
