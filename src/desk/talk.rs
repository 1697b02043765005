//! What needs no search: greetings, thanks, "are you a robot?", the customer's word on an answer, a secret and nothing
//! else; and the bot's own words.
//!
//! Only a message that is nothing else counts: "hi, where is my parcel" is a question. Patterns see the text as rules of
//! topics do ([`crate::answer::policy::normalize`]), without signs at its ends.

mod patterns;
mod phrases;

use crate::answer::policy::normalize;

use patterns::{ONLY_SECRETS, PATTERNS};

/// What a message is, if it is no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// "Hello".
    Greeting,
    /// "Thank you", "bye".
    Thanks,
    /// "Are you a robot?"
    Robot,
    /// "Thanks, that solved it": the customer's word that the matter is settled. Thanks alone are not.
    Helped,
    /// "That did not help".
    DidNotHelp,
    /// A card number, a password or a code that was taken out, and nothing that says what the matter is.
    Secret,
}

/// What the message is, if it is no question.
pub fn talk(text: &str) -> Option<Talk> {
    let normal = normalize(text);
    if ONLY_SECRETS.is_match(&normal) {
        return Some(Talk::Secret);
    }
    let bare = normal.trim_matches(|c: char| !c.is_alphanumeric());
    // A long message is never only a greeting, and needs no pattern to say so.
    if bare.is_empty() || bare.chars().count() > 120 {
        return None;
    }
    PATTERNS
        .iter()
        .find(|(_, pattern)| pattern.is_match(bare))
        .map(|(talk, _)| *talk)
        // "It works now?" is a question; nothing ends by a question.
        .filter(|talk| *talk != Talk::Helped || !normal.contains('?'))
}

/// The bot's first words: it says that it is a machine.
pub fn first_words(lang: &str, site: &str) -> String {
    match lang {
        "id" => format!(
            "Halo, saya asisten otomatis {site}, bukan manusia. Saya menjawab dengan kutipan dari artikel bantuan. Anda bisa meminta berbicara dengan petugas kapan saja."
        ),
        "ja" => format!(
            "こんにちは。{site}の自動応答です（人ではありません）。ヘルプ記事から該当する箇所をそのままお答えします。担当者との会話はいつでもご希望いただけます。"
        ),
        "de" => format!(
            "Hallo, ich bin der automatische Assistent von {site}, kein Mensch. Ich antworte mit Auszügen aus den Hilfeartikeln. Sie können jederzeit mit einem Menschen sprechen."
        ),
        "fr" => format!(
            "Bonjour, je suis l'assistant automatique de {site}, pas une personne. Je réponds avec des extraits des articles d'aide. Vous pouvez demander une personne à tout moment."
        ),
        "es" => format!(
            "Hola, soy el asistente automático de {site}, no una persona. Respondo con pasajes de los artículos de ayuda. Puede pedir hablar con una persona en cualquier momento."
        ),
        "zh" => format!("您好，我是{site}的自动助手，不是真人。我用帮助文章的原文回答您。您可以随时要求人工客服。"),
        _ => format!(
            "Hello, I am {site}'s automated assistant, not a person. I answer with passages from the help articles. You can ask for a person at any time."
        ),
    }
}

/// The bot's reply to small talk.
pub fn reply(talk: Talk, lang: &str) -> &'static str {
    match (lang, talk) {
        ("id", Talk::Greeting) => "Halo! Apa yang ingin Anda tanyakan?",
        ("id", Talk::Thanks) => "Sama-sama. Jika ada pertanyaan lain, tulis saja di sini.",
        ("id", Talk::Robot) => {
            "Ya, saya mesin. Saya menjawab dengan kutipan dari artikel bantuan. Tulis \"bicara dengan petugas\" kapan saja jika Anda ingin berbicara dengan seseorang."
        }
        ("id", Talk::Helped) => "Senang mendengarnya. Jika ada pertanyaan lain, tulis saja di sini.",
        ("id", Talk::Secret) => {
            "Data itu sudah saya hapus dan tidak disimpan. Apa yang bisa saya bantu? Satu kalimat tanpa data seperti itu sudah cukup."
        }
        ("id", Talk::DidNotHelp) => "Apa yang ingin Anda ketahui? Ceritakan sedikit lebih banyak.",
        ("ja", Talk::Greeting) => "こんにちは。どのようなご質問でしょうか。",
        ("ja", Talk::Thanks) => "どういたしまして。ほかにご質問があれば、このままお書きください。",
        ("ja", Talk::Robot) => {
            "はい、自動応答（機械）です。ヘルプ記事の該当箇所をそのままお答えします。担当者をご希望の場合は、いつでも「担当者と話したい」とお書きください。"
        }
        ("ja", Talk::Helped) => "お役に立ててよかったです。ほかにご質問があれば、このままお書きください。",
        ("ja", Talk::Secret) => {
            "その情報は消去し、保存していません。どのようなことでお困りですか。そうした情報は書かずに、お聞かせください。"
        }
        ("ja", Talk::DidNotHelp) => "どのようなことでお困りですか。もう少し詳しくお聞かせください。",
        ("de", Talk::Greeting) => "Hallo. Was möchten Sie wissen?",
        ("de", Talk::Thanks) => "Gern. Wenn noch etwas ist, schreiben Sie es einfach hier.",
        ("de", Talk::Robot) => {
            "Ja, ich bin eine Maschine. Ich antworte mit Auszügen aus den Hilfeartikeln. Mit einem Menschen können Sie jederzeit sprechen."
        }
        ("de", Talk::DidNotHelp) => "Was möchten Sie wissen? Erzählen Sie etwas mehr davon.",
        ("de", Talk::Helped) => "Das freut mich. Wenn noch etwas ist, schreiben Sie es einfach hier.",
        ("de", Talk::Secret) => {
            "Das habe ich gelöscht und nicht aufbewahrt. Worum geht es? Ein Satz ohne solche Angaben genügt."
        }
        ("fr", Talk::Greeting) => "Bonjour. Que souhaitez-vous savoir ?",
        ("fr", Talk::Thanks) => "Je vous en prie. S'il y a autre chose, écrivez-le simplement ici.",
        ("fr", Talk::Robot) => {
            "Oui, je suis une machine. Je réponds avec des extraits des articles d'aide. Vous pouvez parler à une personne à tout moment."
        }
        ("fr", Talk::DidNotHelp) => "Que souhaitez-vous savoir ? Dites-m'en un peu plus.",
        ("fr", Talk::Helped) => "Tant mieux. S'il y a autre chose, écrivez-le simplement ici.",
        ("fr", Talk::Secret) => {
            "Je l'ai effacé et rien n'a été conservé. De quoi s'agit-il ? Une phrase sans ces données suffit."
        }
        ("es", Talk::Greeting) => "Hola. ¿Qué desea saber?",
        ("es", Talk::Thanks) => "De nada. Si hay algo más, escríbalo aquí.",
        ("es", Talk::Robot) => {
            "Sí, soy una máquina. Respondo con pasajes de los artículos de ayuda. Puede hablar con una persona en cualquier momento."
        }
        ("es", Talk::DidNotHelp) => "¿Qué desea saber? Cuénteme un poco más.",
        ("es", Talk::Helped) => "Me alegro. Si hay algo más, escríbalo aquí.",
        ("es", Talk::Secret) => {
            "Lo he borrado y no se ha guardado. ¿Cuál es el problema? Basta una frase sin esos datos."
        }
        ("zh", Talk::Greeting) => "您好，请问您想了解什么？",
        ("zh", Talk::Thanks) => "不客气。如有其他问题，请直接写在这里。",
        ("zh", Talk::Robot) => "是的，我是机器。我用帮助文章的原文回答您。您可以随时要求人工客服。",
        ("zh", Talk::DidNotHelp) => "您想了解什么？请再详细说说。",
        ("zh", Talk::Helped) => "很高兴帮到您。如有其他问题，请直接写在这里。",
        ("zh", Talk::Secret) => "该信息已删除，没有保存。请问您遇到了什么问题？用一句话说明即可，不要写这类信息。",
        (_, Talk::Greeting) => "Hello. What would you like to know?",
        (_, Talk::Thanks) => "You are welcome. If there is anything else, just write it here.",
        (_, Talk::Robot) => {
            "Yes, I am a machine. I answer with passages from the help articles. Write \"talk to a person\" at any time and a person will take over."
        }
        (_, Talk::Helped) => "Good to hear. If there is anything else, just write it here.",
        (_, Talk::Secret) => {
            "I have removed that and not kept it. What is the matter? A sentence without such data is enough."
        }
        (_, Talk::DidNotHelp) => "What would you like to know? Tell me a little more about it.",
    }
}

/// What the customer reads when people have given the conversation back to the bot.
pub fn handed_back(lang: &str) -> &'static str {
    match lang {
        "id" => {
            "Anda kembali berbicara dengan asisten otomatis. Anda bisa meminta berbicara dengan petugas kapan saja."
        }
        "ja" => "ここからは自動応答がお答えします。担当者との会話はいつでもご希望いただけます。",
        "de" => {
            "Sie sprechen wieder mit dem automatischen Assistenten. Mit einem Menschen können Sie jederzeit sprechen."
        }
        "fr" => "Vous parlez de nouveau avec l'assistant automatique. Vous pouvez demander une personne à tout moment.",
        "es" => "Vuelve a hablar con el asistente automático. Puede pedir hablar con una persona en cualquier momento.",
        "zh" => "您现在重新与自动助手对话。您可以随时要求人工客服。",
        _ => "You are talking with the automated assistant again. You can ask for a person at any time.",
    }
}

/// What the bot says above articles to choose from.
pub fn which_one(lang: &str) -> &'static str {
    match lang {
        "id" => "Mana yang Anda maksud?",
        "ja" => "どれについてのご質問でしょうか。",
        "de" => "Was davon meinen Sie?",
        "fr" => "De quoi s'agit-il ?",
        "es" => "¿A cuál de estos se refiere?",
        "zh" => "您指的是哪一个？",
        _ => "Which of these do you mean?",
    }
}

#[cfg(test)]
mod tests;
