//! What a handoff says to the customer, in the languages that the program speaks.

use super::HandoffReason;

/// The sentence for a handoff in the question's language, in English where there is none in it.
pub fn handoff_message(reason: HandoffReason, lang: &str) -> &'static str {
    use HandoffReason::{
        DidNotHelp, LowConfidence, Misses, NoMatch, PeopleFirst, SensitiveTopic, TakenOver, WantsPerson,
    };
    match (lang, reason) {
        ("id", WantsPerson) => "Baik, seseorang dari tim kami akan menjawab Anda.",
        ("id", SensitiveTopic) => "Pertanyaan seperti ini dijawab oleh seseorang dari tim kami, bukan oleh mesin.",
        ("id", LowConfidence | NoMatch) => {
            "Kami tidak menemukan artikel yang pasti menjawab pertanyaan ini. Seseorang dari tim kami akan menjawabnya."
        }
        ("id", PeopleFirst) => "Pertanyaan Anda langsung dijawab oleh seseorang dari tim kami.",
        ("id", DidNotHelp) => "Terima kasih sudah memberi tahu. Seseorang dari tim kami akan melanjutkan.",
        ("id", Misses) => "Saya tidak menemukan jawaban yang tepat. Seseorang dari tim kami akan melanjutkan.",
        ("id", TakenOver) => "Seseorang dari tim kami sekarang menjawab Anda di sini.",
        ("ja", WantsPerson) => "承知しました。担当者がお答えします。",
        ("ja", SensitiveTopic) => "このようなご質問には、自動応答ではなく担当者がお答えします。",
        ("ja", LowConfidence | NoMatch) => "確かにお答えできる記事が見つかりませんでした。担当者がお答えします。",
        ("ja", PeopleFirst) => "お客様のご質問には、担当者が直接お答えします。",
        ("ja", DidNotHelp) => "お知らせいただきありがとうございます。担当者が引き継ぎます。",
        ("ja", Misses) => "適切な答えが見つかりませんでした。担当者が引き継ぎます。",
        ("ja", TakenOver) => "ここからは担当者がお答えします。",
        (_, WantsPerson) => "All right, a person from our team will answer you.",
        (_, SensitiveTopic) => "Questions like this one are answered by a person from our team, not by a machine.",
        (_, PeopleFirst) => "A person from our team answers your questions directly.",
        (_, DidNotHelp) => "Thank you for telling us. A person from our team will take over.",
        (_, Misses) => "I have not found the right answer. A person from our team will take over.",
        (_, TakenOver) => "A person from our team is answering you here now.",
        (_, LowConfidence | NoMatch) => {
            "We found no article that surely answers this question. A person from our team will answer it."
        }
    }
}
