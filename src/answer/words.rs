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
        ("de", WantsPerson) => "Gern, ein Mensch aus unserem Team wird Ihnen antworten.",
        ("de", SensitiveTopic) => "Fragen wie diese beantwortet ein Mensch aus unserem Team, keine Maschine.",
        ("de", LowConfidence | NoMatch) => {
            "Wir haben keinen Artikel gefunden, der diese Frage sicher beantwortet. Ein Mensch aus unserem Team wird sie beantworten."
        }
        ("de", PeopleFirst) => "Ihre Fragen beantwortet direkt ein Mensch aus unserem Team.",
        ("de", DidNotHelp) => "Danke für den Hinweis. Ein Mensch aus unserem Team übernimmt.",
        ("de", Misses) => "Ich habe nicht die richtige Antwort gefunden. Ein Mensch aus unserem Team übernimmt.",
        ("de", TakenOver) => "Ab jetzt antwortet Ihnen hier ein Mensch aus unserem Team.",
        ("fr", WantsPerson) => "D'accord, une personne de notre équipe va vous répondre.",
        ("fr", SensitiveTopic) => {
            "C'est une personne de notre équipe qui répond à ce genre de questions, pas une machine."
        }
        ("fr", LowConfidence | NoMatch) => {
            "Nous n'avons trouvé aucun article qui réponde avec certitude à cette question. Une personne de notre équipe va y répondre."
        }
        ("fr", PeopleFirst) => "Une personne de notre équipe répond directement à vos questions.",
        ("fr", DidNotHelp) => "Merci de nous l'avoir dit. Une personne de notre équipe prend le relais.",
        ("fr", Misses) => "Je n'ai pas trouvé la bonne réponse. Une personne de notre équipe prend le relais.",
        ("fr", TakenOver) => "Une personne de notre équipe vous répond ici à partir de maintenant.",
        ("es", WantsPerson) => "De acuerdo, una persona de nuestro equipo le responderá.",
        ("es", SensitiveTopic) => "Las preguntas como esta las responde una persona de nuestro equipo, no una máquina.",
        ("es", LowConfidence | NoMatch) => {
            "No hemos encontrado ningún artículo que responda con certeza a esta pregunta. La responderá una persona de nuestro equipo."
        }
        ("es", PeopleFirst) => "Sus preguntas las responde directamente una persona de nuestro equipo.",
        ("es", DidNotHelp) => "Gracias por decírnoslo. Una persona de nuestro equipo se encarga a partir de ahora.",
        ("es", Misses) => {
            "No he encontrado la respuesta adecuada. Una persona de nuestro equipo se encarga a partir de ahora."
        }
        ("es", TakenOver) => "A partir de ahora le responde aquí una persona de nuestro equipo.",
        ("zh", WantsPerson) => "好的，我们的人工客服会答复您。",
        ("zh", SensitiveTopic) => "此类问题由我们的人工客服答复，而不是机器。",
        ("zh", LowConfidence | NoMatch) => "我们没有找到能确切回答这个问题的文章。人工客服会答复您。",
        ("zh", PeopleFirst) => "您的问题由我们的人工客服直接答复。",
        ("zh", DidNotHelp) => "感谢您告诉我们。接下来由人工客服为您处理。",
        ("zh", Misses) => "我没有找到合适的答案。接下来由人工客服为您处理。",
        ("zh", TakenOver) => "现在由我们的人工客服在这里答复您。",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_in_seven_languages() {
        for reason in HandoffReason::ALL {
            let mut told = ["en", "id", "ja", "de", "fr", "es", "zh"].map(|lang| handoff_message(reason, lang));
            told.sort_unstable();
            assert!(told.windows(2).all(|two| two[0] != two[1]), "{reason:?}: {told:?}");
        }
    }
}
