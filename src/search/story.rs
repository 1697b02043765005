//! What a long message asks: greeting, story, number of the order and signature tell less than the sentence with the question.
//!
//! Only whole sentences are chosen, so nothing is made up, and only where they name a subject: "what now?" needs its story.
//! Rules of topics still read everything ([`crate::answer::Answerer::decide`]).

use super::{
    analyze::fold,
    leaning::{points_back, subjects},
    passages::sentences,
};

/// More questions in one message than this are one story.
const MOST: usize = 3;

/// The questions of a message that can be asked by themselves, in their order; empty: the message is one question as a whole.
pub fn questions(text: &str, lang: &str) -> Vec<String> {
    let sentences: Vec<&str> = sentences(text).into_iter().map(|[from, to]| &text[from..to]).collect();
    if sentences.len() < 2 {
        return Vec::new();
    }
    let marked = sentences.iter().any(|sentence| is_marked(sentence));
    let asks = |sentence: &str| {
        if marked {
            is_marked(sentence)
        } else {
            is_wish(sentence, lang)
        }
    };
    let mut found: Vec<String> = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        if !asks(sentence) || is_courtesy(sentence, lang) {
            continue;
        }
        let points = points_back(sentence, lang);
        match (subjects(sentence, lang), points) {
            // It leans on the question before it, or on a story that cannot be left out.
            (0, _) | (1, true) => match found.last_mut() {
                Some(last) => *last = format!("{last} {sentence}"),
                None => return Vec::new(),
            },
            // What it points at stands right before it.
            (_, true) if at > 0 && found.is_empty() => found.push(format!("{} {sentence}", sentences[at - 1])),
            _ => found.push((*sentence).to_owned()),
        }
    }
    if found.len() > MOST { Vec::new() } else { found }
}

/// Whether a sentence says by its end that it is a question.
fn is_marked(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '!' | '！' | '。' | ')' | '」'));
    bare.ends_with(['?', '？']) || bare.ends_with("ですか") || bare.ends_with("ますか") || bare.ends_with("でしょうか")
}

/// Whether a sentence begins as questions and wishes do, or, in Japanese and Chinese, has their words.
fn is_wish(sentence: &str, lang: &str) -> bool {
    let folded = fold(sentence);
    let Some((_, words)) = WISHES.iter().find(|(of, _)| *of == lang) else {
        return false;
    };
    if matches!(lang, "ja" | "zh") {
        return words.iter().any(|word| folded.contains(word));
    }
    let begins = |start: &&str| {
        let rest = folded.strip_prefix(*start);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    words.iter().any(begins)
}

/// "Can you help me?" asks nothing.
fn is_courtesy(sentence: &str, lang: &str) -> bool {
    let folded = fold(sentence);
    let list = COURTESIES.iter().find(|(of, _)| *of == lang);
    list.is_some_and(|(_, words)| words.iter().any(|word| folded.contains(word))) && subjects(sentence, lang) <= 2
}

const WISHES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "how",
            "what",
            "when",
            "where",
            "which",
            "who",
            "why",
            "can",
            "could",
            "do you",
            "does",
            "is there",
            "are there",
            "is it",
            "please",
            "i want to",
            "i would like",
            "i'd like",
            "i need to",
            "so how",
            "and how",
        ],
    ),
    (
        "id",
        &[
            "bagaimana",
            "gimana",
            "apakah",
            "bisakah",
            "bisa",
            "kapan",
            "berapa",
            "di mana",
            "dimana",
            "kenapa",
            "mohon",
            "tolong",
            "saya ingin",
            "saya mau",
            "apa",
        ],
    ),
    (
        "de",
        &[
            "wie",
            "was",
            "wann",
            "wo",
            "welche",
            "welcher",
            "welches",
            "warum",
            "kann",
            "konnen",
            "konnte",
            "konnten",
            "darf",
            "gibt es",
            "bitte",
            "ich mochte",
            "ich will",
            "ich wurde gern",
        ],
    ),
    (
        "fr",
        &[
            "comment",
            "quand",
            "ou",
            "quel",
            "quelle",
            "pourquoi",
            "combien",
            "puis-je",
            "peut-on",
            "je voudrais",
            "je souhaite",
        ],
    ),
    (
        "es",
        &[
            "como",
            "cuando",
            "donde",
            "cual",
            "por que",
            "cuanto",
            "puedo",
            "quiero",
            "quisiera",
            "me gustaria",
        ],
    ),
    (
        "ja",
        &[
            "ください",
            "教えて",
            "たいです",
            "たいのですが",
            "でしょうか",
            "ですか",
            "ますか",
        ],
    ),
    ("zh", &["请问", "怎么", "如何", "吗", "什么", "多少"]),
];

const COURTESIES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "help me",
            "please help",
            "how are you",
            "anyone there",
            "any idea",
            "please advise",
            "tell me more",
        ],
    ),
    ("id", &["bantu", "apa kabar", "mohon bantuan", "ada solusi"]),
    ("de", &["helfen", "hilfe", "wie geht es", "weiterhelfen"]),
    ("fr", &["aider", "comment allez"]),
    ("es", &["ayudar", "como estan", "como esta"]),
    ("ja", &["よろしく", "お元気", "助けて"]),
    ("zh", &["帮我", "你好吗"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_told_from_its_story() {
        let story = "Hi team,\nI bought a grinder in May and I love it. My order was KK-104882. How do I clean the burrs of the grinder?\nBest,\nAna";
        assert_eq!(questions(story, "en"), ["How do I clean the burrs of the grinder?"]);
        assert_eq!(
            questions(
                "Halo kak. Saya pindah rumah minggu lalu. Bagaimana cara mengganti alamat pengiriman? Terima kasih",
                "id"
            ),
            ["Bagaimana cara mengganti alamat pengiriman?"]
        );
        assert_eq!(
            questions(
                "お世話になっております。先週引っ越しました。配送先の住所を変更するにはどうすればいいですか。よろしくお願いします。",
                "ja"
            ),
            ["配送先の住所を変更するにはどうすればいいですか。"]
        );
    }

    #[test]
    fn several_questions_are_several_and_what_leans_stays_with_what_it_leans_on() {
        assert_eq!(
            questions("How do I reset my password? And do you ship to Bali?", "en"),
            ["How do I reset my password?", "And do you ship to Bali?"]
        );
        assert_eq!(
            questions("How do I delete my account? How long does that take?", "en"),
            ["How do I delete my account? How long does that take?"]
        );
    }

    #[test]
    fn a_question_that_needs_its_story_keeps_it() {
        for text in [
            "My Kawan Brew shows E3 since yesterday. I unplugged it. What now?",
            "where is my parcel?",
            "The grinder is loud. It hums.",
            "My parcel never came. Can you help me?",
        ] {
            assert_eq!(questions(text, "en"), [""; 0], "{text}");
        }
    }
}
