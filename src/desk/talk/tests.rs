use super::{super::mask, *};
use phrases::ALL;

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
fn the_customers_word_is_known_in_english_indonesian_and_japanese() {
    for text in [
        "Thanks, that solved it!",
        "that helped",
        "That helped a lot, thank you",
        "works now, thank you",
        "It works now. Thanks!",
        "great, it's working again",
        "yes, that fixed it",
        "ok perfect, problem solved",
        "that answered my question, thanks",
        "Ah, that's exactly what I needed. Bye!",
        "very helpful, thanks",
        "makasih, sudah bisa",
        "Terima kasih, sangat membantu!",
        "sudah beres kak, terima kasih",
        "masalahnya sudah teratasi 🙏",
        "sekarang sudah bisa",
        "解決しました。ありがとうございました！",
        "ありがとうございます。無事に解決しました",
        "うまくいきました",
        "役に立ちました。",
    ] {
        assert_eq!(talk(text), Some(Talk::Helped), "{text}");
    }
    for text in [
        "that did not solve it",
        "thanks, but that didn't help",
        "Still not working",
        "it still doesn't work :(",
        "no, that doesn't solve my problem",
        "the problem is still there",
        "not solved yet",
        "that solved nothing",
        "belum",
        "belum bisa kak",
        "makasih tapi masih belum berhasil",
        "maaf, tidak membantu",
        "masih tidak bisa",
        "解決しません",
        "まだ解決していません。",
        "ありがとうございます。でも、解決しませんでした",
        "うまくいきませんでした",
        "まだできません",
    ] {
        assert_eq!(talk(text), Some(Talk::DidNotHelp), "{text}");
    }
    for text in [
        "thanks",
        "Thank you very much!",
        "ok",
        "got it",
        "makasih",
        "助かりました",
        "わかりました",
    ] {
        assert_eq!(talk(text), Some(Talk::Thanks), "thanks alone end nothing: {text}");
    }
}

#[test]
fn nothing_ends_by_a_word_with_a_question_or_a_doubt() {
    for text in [
        "thanks, that solved it, but how do I cancel?",
        "that helped, and where is my parcel",
        "it works now?",
        "that helped a bit",
        "I think that solved it but I am not sure",
        "it works on my phone but not on the laptop",
        "makasih sudah bisa, tapi gimana cara batal langganan",
        "sudah bisa?",
        "解決しましたか？",
        "解決しました。キャンセルはどうすればいいですか",
    ] {
        assert_eq!(talk(text), None, "{text}");
    }
}

#[test]
fn a_secret_alone_is_no_question() {
    for text in [
        "4111 1111 1111 1111",
        "4111 1111 1111 1111 12/27 123",
        "Hi, my card number is 4111-1111-1111-1111.",
        "5500-0055-5555-5559, 2223.0031.2200.3222",
        "my password is hunter2",
        "OTP 482913",
        "kata sandi saya adalah rahasia123",
        "kode OTP saya 9912",
        "パスワードはhimitsu99です",
        "認証コードは556677",
        "sk_live_abcdefghijklmnop",
        "Mein Passwort lautet: Sommer2024!",
        "Mein Bestätigungscode ist 482913",
        "Hallo, meine Kreditkartennummer ist 4111 1111 1111 1111.",
        "mon mot de passe est soleil42",
        "le code de vérification est 482913",
        "voici ma carte bancaire : 4111 1111 1111 1111",
        "mi contraseña es luna2024",
        "código de verificación: 482913",
        "mi tarjeta de crédito es 4111 1111 1111 1111",
        "我的密码是abc12345",
        "验证码是482913",
    ] {
        let masked = mask::mask(text);
        assert!(!masked.kinds.is_empty(), "{text}");
        assert_eq!(talk(&masked.text), Some(Talk::Secret), "{text}");
    }
    for text in [
        "why was 4111 1111 1111 1111 charged twice",
        "4111 1111 1111 1111 was declined",
        "is my card number 4111 1111 1111 1111?",
        "my password is hunter2 and I cannot log in",
        "mein Passwort ist Sommer2024 und ich komme nicht rein",
        "mon mot de passe est soleil42 mais je ne peux pas me connecter",
        "mi contraseña es luna2024 y no puedo entrar",
        "我的密码是abc12345，无法登录",
        "4111 1111 1111 1111 order KK-1042",
        "kartu saya 6011000990139424 ditolak",
        "カードは4111111111111111です。届きません",
        "my password",
        "card number",
    ] {
        assert_eq!(talk(&mask::mask(text).text), None, "{text}");
    }
}

#[test]
fn small_talk_is_answered_in_the_customers_language() {
    let kinds = [
        Talk::Greeting,
        Talk::Thanks,
        Talk::Robot,
        Talk::Helped,
        Talk::DidNotHelp,
        Talk::Secret,
    ];
    for kind in kinds {
        let said = ["en", "id", "ja", "de", "fr", "es", "zh"].map(|lang| reply(kind, lang));
        let different: std::collections::BTreeSet<&str> = said.into_iter().collect();
        assert_eq!(different.len(), said.len(), "{kind:?}");
        assert_eq!(reply(kind, "ko"), said[0]);
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

/// German, French, Spanish and Chinese, each with what ends the matter, what denies it, and what is neither.
#[test]
fn the_customers_word_is_known_in_four_more_languages() {
    for text in [
        "Das hat geholfen, danke!",
        "Vielen Dank, das hat sehr geholfen",
        "Super, jetzt funktioniert es wieder",
        "Es klappt jetzt, danke",
        "Ja, das Problem ist gelöst.",
        "hat geklappt, danke schön",
        "Hat sich erledigt, danke",
        "Genau das, was ich gesucht habe. Danke!",
        "Danke, meine Frage ist beantwortet",
        "ça m'a aidé, merci",
        "Ça marche maintenant, merci beaucoup !",
        "Merci, c'est résolu",
        "mon problème est réglé",
        "oui, cela fonctionne à nouveau",
        "Parfait, ça a marché",
        "C’est exactement ce que je cherchais, merci",
        "j'ai trouvé, merci",
        "Eso me ayudó mucho, gracias",
        "Gracias, ya funciona",
        "¡Ya está resuelto, muchas gracias!",
        "Sí, problema solucionado",
        "perfecto, ahora funciona",
        "me ha servido, gracias",
        "Es justo lo que buscaba",
        "问题解决了，谢谢",
        "已经解决了",
        "谢谢，现在可以了",
        "太好了，可以用了",
        "很有帮助，谢谢！",
        "终于搞定了",
    ] {
        assert_eq!(talk(text), Some(Talk::Helped), "{text}");
    }
    for text in [
        "Das hat nicht geholfen",
        "Das hat mir leider nicht geholfen.",
        "Danke, aber das hilft mir nicht weiter",
        "Funktioniert immer noch nicht",
        "Es geht leider immer noch nicht",
        "Nein, das Problem ist nicht gelöst",
        "Das Problem besteht weiterhin",
        "das ist nicht, was ich wissen wollte",
        "ça n'a pas marché",
        "Ça ne marche toujours pas",
        "ça marche pas",
        "Merci mais cela ne m'aide pas",
        "Non, ce n'est pas ce que j'ai demandé",
        "Le problème n'est pas résolu",
        "le problème persiste",
        "toujours pas",
        "No me ha ayudado",
        "Gracias, pero no funciona",
        "sigue sin funcionar",
        "No, todavía no está resuelto",
        "El problema persiste",
        "eso no es lo que pregunté",
        "没有解决",
        "还是不行",
        "问题还没解决",
        "谢谢，但是没用",
        "这不是我要的答案",
        "没有帮助",
    ] {
        assert_eq!(talk(text), Some(Talk::DidNotHelp), "{text}");
    }
    for text in [
        "Alles klar, danke",
        "Danke für die schnelle Hilfe!",
        "Passt.",
        "Merci pour votre aide",
        "D'accord, merci bien",
        // "All right", not "it works".
        "ça marche, merci",
        "Vale, muchas gracias",
        "Gracias por su ayuda",
        "好的，谢谢",
        "明白了",
        "没有别的问题了，谢谢",
    ] {
        assert_eq!(talk(text), Some(Talk::Thanks), "thanks alone end nothing: {text}");
    }
    for text in [
        "Das hat geholfen, aber wie kündige ich?",
        "Das hat ein bisschen geholfen",
        "Ich glaube, das hat geholfen",
        "Funktioniert das auch mit dem Handy",
        "funktioniert es",
        "Das Problem ist gelöst?",
        "es geht so",
        "ça m'a un peu aidé",
        "je crois que ça marche",
        "si ça fonctionne je vous dis",
        "ça marche sur mon téléphone mais pas sur l'ordinateur",
        "ça marche comment ?",
        "regle",
        "eso me ayudó un poco",
        "creo que ya funciona",
        "si funciona",
        "me ayuda",
        "¿ya funciona?",
        "解决了吗",
        "解决了吗？",
        "有用吗",
        "可以了吗",
        "怎么解决",
        "问题解决了，但是怎么取消订阅",
        "手机可以了，电脑不知道",
    ] {
        assert_eq!(talk(text), None, "{text}");
    }
}

#[test]
fn small_talk_of_four_more_languages_is_known() {
    for (text, kind) in [
        ("Hallo zusammen", Talk::Greeting),
        ("Schönen guten Tag!", Talk::Greeting),
        ("Grüß Gott", Talk::Greeting),
        ("Bonjour, comment allez-vous ?", Talk::Greeting),
        ("Coucou", Talk::Greeting),
        ("Hola, ¿qué tal?", Talk::Greeting),
        ("Buenos días", Talk::Greeting),
        ("早上好", Talk::Greeting),
        ("在吗？", Talk::Greeting),
        ("Danke, auf Wiedersehen", Talk::Thanks),
        ("Merci, bonne journée !", Talk::Thanks),
        ("Mil gracias, hasta luego", Talk::Thanks),
        ("辛苦了，再见", Talk::Thanks),
        ("Bist du ein Bot oder ein Mensch?", Talk::Robot),
        ("Spreche ich mit einer Maschine?", Talk::Robot),
        ("Hallo, sind Sie ein echter Mensch?", Talk::Robot),
        ("Est-ce que je parle à un robot ?", Talk::Robot),
        ("Vous êtes une vraie personne ?", Talk::Robot),
        ("C'est un robot ?", Talk::Robot),
        ("¿Estoy hablando con un robot?", Talk::Robot),
        ("¿Es usted una persona real?", Talk::Robot),
        ("¿Eres un bot o una persona?", Talk::Robot),
        ("你是真人还是机器人？", Talk::Robot),
        ("我在和机器人聊天吗", Talk::Robot),
    ] {
        assert_eq!(talk(text), Some(kind), "{text}");
    }
    for text in [
        "Hallo, wo ist mein Paket?",
        "Danke, aber wie kündige ich?",
        "Ist das eine Maschine für zwei Tassen",
        "Bonjour, où est mon colis ?",
        "la machine ne démarre pas",
        "Hola, ¿dónde está mi pedido?",
        "¿la máquina es automática?",
        "你好，我的包裹在哪里",
        "客服",
        "人工客服",
        "Ich möchte mit einem Menschen sprechen",
        "je veux parler à une personne",
        "quiero hablar con una persona",
    ] {
        assert_eq!(talk(text), None, "{text}");
    }
}

/// The program speaks seven languages: no table may know fewer.
#[test]
fn every_language_of_the_product_has_its_phrases() {
    assert_eq!(
        ALL.map(|phrases| phrases.lang),
        ["en", "id", "ja", "de", "fr", "es", "zh"]
    );
    for phrases in ALL {
        for (name, table) in [
            ("hello", phrases.hello),
            ("thanks", phrases.thanks),
            ("robot", phrases.robot),
            ("no_help", phrases.no_help),
            ("regret", phrases.regret),
            ("helped", phrases.helped),
            ("gladness", phrases.gladness),
            ("secret", phrases.secret),
        ] {
            assert!(!table.is_empty(), "{} has no {name}", phrases.lang);
            for piece in table {
                assert!(
                    regex::Regex::new(piece).is_ok() || piece.contains("{machine"),
                    "{piece}"
                );
                let alone = regex::Regex::new(&format!("^(?:{piece})$"));
                assert!(
                    alone.is_ok_and(|alone| !alone.is_match("")) || piece.contains("{machine"),
                    "takes nothing: {piece}"
                );
            }
        }
    }
}

/// Whatever the tables make of a denial: it never ends the matter.
#[test]
fn no_denial_ends_anything() {
    for text in [
        "leider hat das nicht geholfen",
        "jetzt geht es nicht mehr",
        "jetzt geht gar nichts mehr",
        "funktioniert nicht wirklich",
        "ungelöst",
        "noch nicht erledigt",
        "non résolu",
        "pas vraiment",
        "ça ne marche plus",
        "ahora no funciona",
        "ya no funciona",
        "no me ayudó mucho",
        "casi funciona",
        "nada funciona",
        "不能用了",
        "现在不行了",
        "又不行了",
        "没找到",
        "解决不了",
        "没有好",
    ] {
        assert_ne!(talk(text), Some(Talk::Helped), "{text}");
    }
}
