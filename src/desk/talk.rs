//! What needs no search: greetings, thanks, "are you a robot?", "that did not help"; and the bot's own words.
//!
//! Only a message that is nothing else counts: "hi, where is my parcel" is a question. Patterns see the text as rules of
//! topics do ([`crate::answer::policy::normalize`]), without signs at its ends.

use std::sync::LazyLock;

use regex::Regex;

use crate::answer::policy::normalize;

/// What a message is, if it is no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// "Hello".
    Greeting,
    /// "Thank you", "bye".
    Thanks,
    /// "Are you a robot?"
    Robot,
    /// "That did not help".
    DidNotHelp,
}

/// What the message is, if it is no question.
pub fn talk(text: &str) -> Option<Talk> {
    let normal = normalize(text);
    let bare = normal.trim_matches(|c: char| !c.is_alphanumeric());
    // A long message is never only a greeting, and needs no pattern to say so.
    if bare.is_empty() || bare.chars().count() > 120 {
        return None;
    }
    PATTERNS
        .iter()
        .find(|(_, pattern)| pattern.is_match(bare))
        .map(|(talk, _)| *talk)
}

static PATTERNS: LazyLock<[(Talk, Regex); 4]> = LazyLock::new(|| {
    let compiled =
        |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).expect("a pattern of this file; a test compiles each");
    // Between the words of small talk.
    const GAP: &str = r"[\s,.!?…、。！？~〜-]*";
    let hello = [
        r"hi+",
        r"hey+(?: there)?",
        r"hello+(?: there)?",
        r"hiya",
        r"yo",
        r"good (?:morning|afternoon|evening|day)",
        r"greetings",
        r"(?:how are you|how r u|hows it going|whats up|sup)(?: doing)?(?: today)?",
        r"there",
        r"all",
        r"team",
        r"everyone",
        r"anyone there",
        r"is anybody there",
        r"are you there",
        r"halo+",
        r"hai+",
        r"hei",
        r"selamat (?:pagi|siang|sore|malam)",
        r"pagi",
        r"siang",
        r"sore",
        r"malam",
        r"permisi",
        r"assalamualaikum",
        r"apa kabar",
        r"kak(?:ak)?",
        r"min",
        r"admin",
        r"mas",
        r"mbak",
        r"gan",
        r"こんにち[はわ]",
        r"こんばん[はわ]",
        r"おはよう(?:ございます)?",
        r"はじめまして",
        r"お世話になっております",
        r"お世話になります",
        r"もしもし",
        r"やあ",
        r"すみません",
        r"hallo zusammen",
        r"guten (?:tag|morgen|abend)",
        r"moin",
        r"servus",
        r"bonjour",
        r"bonsoir",
        r"salut",
        r"hola",
        r"buen[oa]s (?:dias|días|tardes|noches)",
        r"buenas",
        r"(?:你|您)好[吗啊呀]?",
        r"在吗",
    ];
    let thanks = [
        r"(?:ok(?:ay)?|great|perfect|cool|nice|awesome|super|alright|got it|wonderful|lovely|good)",
        r"thanks?(?: (?:you|u|a lot|so much|very much|again|man|mate))*",
        r"thank you(?: (?:so|very) much)?",
        r"many thanks",
        r"thx+",
        r"ty",
        r"tysm",
        r"cheers",
        r"much appreciated",
        r"bye+(?: bye)?",
        r"goodbye",
        r"see (?:you|ya)",
        r"have a (?:nice|good|great) (?:day|one|evening|weekend)",
        r"that (?:helped|helps|worked|works|solved it)",
        r"it (?:helped|worked|works now)",
        r"no(?:thing)? more questions",
        r"thats all",
        r"terima ?kasih(?: banyak| ya| kak)*",
        r"makasih(?: banyak| ya| kak)*",
        r"trims",
        r"mksh",
        r"thank you kak",
        r"oke?(?:y|h)?(?: deh| sip| siap)?",
        r"baik(?: kak)?",
        r"sip",
        r"siap",
        r"sudah cukup",
        r"sampai jumpa",
        r"dadah",
        r"ありがとう(?:ございま(?:す|した))?",
        r"どうも",
        r"助かりました",
        r"感謝します",
        r"了解(?:です|しました)?",
        r"わかりました",
        r"分かりました",
        r"承知しました",
        r"さようなら",
        r"失礼します",
        r"danke(?: schön| sehr| dir| ihnen)*",
        r"vielen dank",
        r"tschüss",
        r"merci(?: beaucoup| bien)?",
        r"au revoir",
        r"(?:muchas )?gracias",
        r"adi[oó]s",
        r"(?:谢谢|多谢|感谢)(?:你|您|了|啦)*",
        r"再见",
        r"大丈夫です",
    ];
    let machine = r"(?:a |an )?(?:ro)?bot|(?:a |an )?(?:ai|a i|machine|computer|program|chatbot|chat bot)|(?:a )?(?:real |actual |live )?(?:human|person|people|agent)(?: being)?|real";
    let robot = [
        format!(r"(?:hey |hi |so |wait |hold on |hmm |sorry |but )*are (?:you|u) (?:really |actually |just )?(?:{machine})(?: or (?:{machine}))?"),
        format!(r"(?:so |wait )?(?:am i|i am|im) (?:talking|speaking|chatting|writing) (?:to|with) (?:{machine})(?: or (?:{machine}))?"),
        format!(r"(?:so |wait )?is (?:this|it|that|there) (?:really |actually |just )?(?:{machine})(?: or (?:{machine}))?(?: here)?"),
        r"(?:who|what) are you".into(),
        r"(?:apakah |apa )?(?:ini|anda|kamu|kakak|situ|lu|kau) (?:ini )?(?:robot|bot|mesin|ai|manusia|orang(?: asli| beneran)?)(?: (?:atau|apa) (?:robot|bot|mesin|manusia|orang))?(?: (?:ya|kah|bukan|asli|beneran))*".into(),
        r"(?:siapa|apa) (?:kamu|anda)(?: ini)?".into(),
        r"(?:あなた|そちら|これ|相手)?(?:は|って)?(?:ロボット|ボット|bot|ai|人工知能|機械|人間|人|オペレーター|自動応答|本物の人)(?:なん|な|の方)?(?:ですか|ですよね|でしょうか|の|か|だよね)?".into(),
        r"(?:あなたは)?(?:誰|どなた)(?:ですか)?".into(),
        r"(?:sind sie|bist du) (?:ein |eine )?(?:echter |echte )?(?:roboter|bot|maschine|ki|mensch|person)".into(),
        r"(?:êtes vous|êtes-vous|es tu|es-tu|vous êtes|tu es) (?:un |une )?(?:robot|bot|machine|ia|humain|vraie personne|personne)".into(),
        r"¿?(?:es usted|eres|es|usted es|tu eres|tú eres) (?:un |una )?(?:robot|bot|maquina|máquina|ia|humano|persona)(?: real)?".into(),
        r"(?:你|您)是(?:不是)?(?:机器人|机器|真人|人工|ai)(?:吗|嘛|么)?".into(),
    ];
    let no_help = [
        r"(?:no,? )?(?:that|this|it|the answer) (?:did ?nt|does ?nt|did not|does not|doesnt|didnt|has ?nt|has not|hasnt) (?:really |actually )?(?:help|work|answer (?:it|my question|the question)|solve (?:it|anything|my problem|the problem))(?:ed)?(?: me)?(?: at all)?",
        r"(?:no,? )?(?:that|this|it)(?:s| is| was) (?:not|no) (?:help(?:ful)?|what i (?:asked|meant|need(?:ed)?|wanted)|(?:an|the|my) (?:answer|question)|it|useful|relevant)",
        r"(?:that|this|it)(?:s| is| was)? (?:useless|wrong|the wrong answer|irrelevant|unhelpful)",
        r"not help(?:ful|ing)",
        r"did ?nt help",
        r"did not help",
        r"wrong answer",
        r"not what i (?:asked|meant|need(?:ed)?|wanted)(?: for)?",
        r"still (?:does ?nt|doesnt|not|does not) (?:work|help)(?:ing)?",
        r"no help",
        r"(?:itu |ini |jawaban(?:nya)? )?(?:tidak|nggak|ngga|gak|ga|enggak|tak|belum) (?:membantu|menjawab|berhasil|bisa juga|sesuai|nyambung)(?: sama sekali)?(?: pertanyaan saya)?",
        r"bukan itu(?: yang saya (?:maksud|tanya(?:kan)?))?",
        r"(?:itu )?salah jawab(?:an)?",
        r"(?:masih )?(?:tetap )?(?:tidak|gak|ga|nggak) bisa",
        r"役に立(?:たない|ちません(?:でした)?|たなかった(?:です)?)",
        r"解決し(?:ない|ません(?:でした)?|なかった(?:です)?|ていません)",
        r"(?:それ|そう)(?:では|じゃ)(?:ない|ありません|なくて)(?:です)?",
        r"違います",
        r"ちが(?:う|います)",
        r"参考になりません(?:でした)?",
        r"答えになって(?:ない|いません|いない)",
        r"(?:das )?(?:hat (?:mir )?nicht geholfen|hilft (?:mir )?nicht(?: weiter)?)",
        r"(?:ça|cela) ne (?:m.?aide|m.?a) pas(?: aidé)?",
        r"(?:eso |esto )?no (?:me )?(?:ayuda|ayudo|ayudó|ha ayudado|sirve|sirvió|ha servido)",
        r"(?:没有|没)(?:用|帮助|帮到我)",
    ];
    let several = |words: &[&str]| compiled(&format!("(?:(?:{}){GAP})+", words.join("|")));
    [
        (Talk::Robot, compiled(&robot.join("|"))),
        (Talk::DidNotHelp, compiled(&no_help.join("|"))),
        (Talk::Greeting, several(&hello)),
        (Talk::Thanks, several(&[&thanks[..], &hello[..]].concat())),
    ]
});

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
        ("id", Talk::DidNotHelp) => "Apa yang ingin Anda ketahui? Ceritakan sedikit lebih banyak.",
        ("ja", Talk::Greeting) => "こんにちは。どのようなご質問でしょうか。",
        ("ja", Talk::Thanks) => "どういたしまして。ほかにご質問があれば、このままお書きください。",
        ("ja", Talk::Robot) => {
            "はい、自動応答（機械）です。ヘルプ記事の該当箇所をそのままお答えします。担当者をご希望の場合は、いつでも「担当者と話したい」とお書きください。"
        }
        ("ja", Talk::DidNotHelp) => "どのようなことでお困りですか。もう少し詳しくお聞かせください。",
        ("de", Talk::Greeting) => "Hallo. Was möchten Sie wissen?",
        ("de", Talk::Thanks) => "Gern. Wenn noch etwas ist, schreiben Sie es einfach hier.",
        ("de", Talk::Robot) => {
            "Ja, ich bin eine Maschine. Ich antworte mit Auszügen aus den Hilfeartikeln. Mit einem Menschen können Sie jederzeit sprechen."
        }
        ("de", Talk::DidNotHelp) => "Was möchten Sie wissen? Erzählen Sie etwas mehr davon.",
        ("fr", Talk::Greeting) => "Bonjour. Que souhaitez-vous savoir ?",
        ("fr", Talk::Thanks) => "Je vous en prie. S'il y a autre chose, écrivez-le simplement ici.",
        ("fr", Talk::Robot) => {
            "Oui, je suis une machine. Je réponds avec des extraits des articles d'aide. Vous pouvez parler à une personne à tout moment."
        }
        ("fr", Talk::DidNotHelp) => "Que souhaitez-vous savoir ? Dites-m'en un peu plus.",
        ("es", Talk::Greeting) => "Hola. ¿Qué desea saber?",
        ("es", Talk::Thanks) => "De nada. Si hay algo más, escríbalo aquí.",
        ("es", Talk::Robot) => {
            "Sí, soy una máquina. Respondo con pasajes de los artículos de ayuda. Puede hablar con una persona en cualquier momento."
        }
        ("es", Talk::DidNotHelp) => "¿Qué desea saber? Cuénteme un poco más.",
        ("zh", Talk::Greeting) => "您好，请问您想了解什么？",
        ("zh", Talk::Thanks) => "不客气。如有其他问题，请直接写在这里。",
        ("zh", Talk::Robot) => "是的，我是机器。我用帮助文章的原文回答您。您可以随时要求人工客服。",
        ("zh", Talk::DidNotHelp) => "您想了解什么？请再详细说说。",
        (_, Talk::Greeting) => "Hello. What would you like to know?",
        (_, Talk::Thanks) => "You are welcome. If there is anything else, just write it here.",
        (_, Talk::Robot) => {
            "Yes, I am a machine. I answer with passages from the help articles. Write \"talk to a person\" at any time and a person will take over."
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
mod tests {
    use super::*;

    #[test]
    fn small_talk_is_known_in_seven_languages() {
        for (text, kind) in [
            ("Hi!", Talk::Greeting),
            ("hello there", Talk::Greeting),
            ("Good morning, team", Talk::Greeting),
            ("hey, how are you?", Talk::Greeting),
            ("Halo kak", Talk::Greeting),
            ("selamat pagi min", Talk::Greeting),
            ("こんにちは。", Talk::Greeting),
            ("お世話になっております。", Talk::Greeting),
            ("thanks", Talk::Thanks),
            ("Ok great, thank you so much!!", Talk::Thanks),
            ("makasih ya", Talk::Thanks),
            ("terima kasih banyak 🙏", Talk::Thanks),
            ("ありがとうございました！", Talk::Thanks),
            ("Are you a robot?", Talk::Robot),
            ("are you a bot or a human", Talk::Robot),
            ("am I talking to a real person?", Talk::Robot),
            ("is this a bot", Talk::Robot),
            ("ini robot ya?", Talk::Robot),
            ("apakah anda manusia?", Talk::Robot),
            ("ロボットですか？", Talk::Robot),
            ("あなたは人間ですか", Talk::Robot),
            ("That didn't help.", Talk::DidNotHelp),
            ("no, that is not what I asked", Talk::DidNotHelp),
            ("this is useless", Talk::DidNotHelp),
            ("tidak membantu", Talk::DidNotHelp),
            ("役に立ちませんでした", Talk::DidNotHelp),
            ("解決しません。", Talk::DidNotHelp),
            ("Guten Tag", Talk::Greeting),
            ("Vielen Dank!", Talk::Thanks),
            ("Sind Sie ein Roboter?", Talk::Robot),
            ("Das hat nicht geholfen.", Talk::DidNotHelp),
            ("Bonjour !", Talk::Greeting),
            ("merci beaucoup", Talk::Thanks),
            ("Êtes-vous un robot ?", Talk::Robot),
            ("¡Hola!", Talk::Greeting),
            ("Muchas gracias", Talk::Thanks),
            ("¿Eres un robot?", Talk::Robot),
            ("您好", Talk::Greeting),
            ("谢谢您", Talk::Thanks),
            ("你是机器人吗？", Talk::Robot),
        ] {
            assert_eq!(talk(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn a_question_is_no_small_talk() {
        for text in [
            "hi, where is my parcel",
            "thanks but how do I cancel?",
            "my order did not arrive",
            "the app doesn't work",
            "is this coffee good for espresso?",
            "does it work with a french press",
            "are you open on sunday?",
            "who delivers my parcel",
            "halo kak, pesanan saya belum sampai",
            "こんにちは。荷物はどこですか。",
            "人気の豆は何ですか",
            "I want to talk to a person",
            "are you a robot? I want a human",
            "?",
            "",
            "order",
        ] {
            assert_eq!(talk(text), None, "{text}");
        }
    }

    #[test]
    fn the_bot_says_that_it_is_a_machine_before_anybody_asks() {
        assert!(first_words("en", "Kawan Kopi").contains("not a person"));
        assert!(first_words("de", "Kawan Kopi").contains("kein Mensch"));
        assert!(first_words("fr", "Kawan Kopi").contains("pas une personne"));
        assert!(first_words("es", "Kawan Kopi").contains("no una persona"));
        assert!(first_words("zh", "Kawan Kopi").contains("不是真人"));
        assert!(first_words("pt", "Kawan Kopi").contains("not a person"));
        assert!(first_words("id", "Kawan Kopi").contains("bukan manusia"));
        assert!(first_words("ja", "Kawan Kopi").contains("人ではありません"));
    }
}
