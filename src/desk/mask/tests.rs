use proptest::prelude::*;

use super::{cards::luhn, *};

#[test]
fn secrets_are_taken_out() {
    use SecretKind::*;
    for (text, kind, masked) in [
        (
            "my card 4111 1111 1111 1111 was declined",
            CardNumber,
            "my card [card number ••1111] was declined",
        ),
        ("5500-0055-5555-5559", CardNumber, "[card number ••5559]"),
        ("amex 378282246310005.", CardNumber, "amex [card number ••0005]."),
        (
            "カードは４１１１１１１１１１１１１１１１です",
            CardNumber,
            "カードは[card number ••1111]です",
        ),
        (
            "kartu saya 6011000990139424 ditolak",
            CardNumber,
            "kartu saya [card number ••9424] ditolak",
        ),
        ("2223.0031.2200.3222", CardNumber, "[card number ••3222]"),
        ("the CVV is 123", CardCode, "the CVV is [card code]"),
        ("cvc: 9876 ok?", CardCode, "cvc: [card code] ok?"),
        (
            "セキュリティコードは 123 です",
            CardCode,
            "セキュリティコードは [card code] です",
        ),
        ("kode CVV adalah 456", CardCode, "kode CVV adalah [card code]"),
        ("my password is hunter2", Password, "my password is [password]"),
        (
            "pw: s3cret! and the user is ana",
            Password,
            "pw: [password] and the user is ana",
        ),
        ("password=Tr0ub4dor&3", Password, "password=[password]"),
        (
            "kata sandi saya adalah rahasia123",
            Password,
            "kata sandi saya adalah [password]",
        ),
        ("パスワードはhimitsu99です", Password, "パスワードは[password]です"),
        ("Mein Passwort ist Sommer2024", Password, "Mein Passwort ist [password]"),
        (
            "das Kennwort lautet: geheim",
            Password,
            "das Kennwort lautet: [password]",
        ),
        (
            "Passwort für die App ist „regen77“ danke",
            Password,
            "Passwort für die App ist „[password]“ danke",
        ),
        (
            "mon mot de passe est soleil42, aidez-moi",
            Password,
            "mon mot de passe est [password], aidez-moi",
        ),
        ("mdp : « azerty1 »", Password, "mdp : « [password] »"),
        (
            "mi contraseña es luna2024 y mi correo ana@example.com",
            Password,
            "mi contraseña es [password] y mi correo ana@example.com",
        ),
        ("contrasena: gato99", Password, "contrasena: [password]"),
        ("mi clave es perro", Password, "mi clave es [password]"),
        ("我的密码是abc123，无法登录", Password, "我的密码是[password]，无法登录"),
        ("密码：hunter2", Password, "密码：[password]"),
        ("meine PIN ist 4711", Password, "meine PIN ist [password]"),
        ("mon code PIN est 4711", Password, "mon code PIN est [password]"),
        ("mi PIN es 4711", Password, "mi PIN es [password]"),
        ("my pin is 4711", Password, "my pin is [password]"),
        ("pin ATM saya 471100", Password, "pin ATM saya [password]"),
        ("Die Prüfnummer ist 123", CardCode, "Die Prüfnummer ist [card code]"),
        ("CVV ist 123", CardCode, "CVV ist [card code]"),
        ("le cryptogramme est 123", CardCode, "le cryptogramme est [card code]"),
        (
            "el código de seguridad de mi tarjeta es 123",
            CardCode,
            "el código de seguridad de mi tarjeta es [card code]",
        ),
        ("CVV是123吗", CardCode, "CVV是[card code]吗"),
        (
            "Mein Bestätigungscode ist 482913",
            OneTimeCode,
            "Mein Bestätigungscode ist [code]",
        ),
        ("TAN 482 913", OneTimeCode, "TAN [code]"),
        (
            "le code de vérification reçu est 482913",
            OneTimeCode,
            "le code de vérification reçu est [code]",
        ),
        (
            "código de verificación: 482913",
            OneTimeCode,
            "código de verificación: [code]",
        ),
        ("验证码是482913，收到了", OneTimeCode, "验证码是[code]，收到了"),
        (
            "the verification code is 482913",
            OneTimeCode,
            "the verification code is [code]",
        ),
        ("OTP 123 456", OneTimeCode, "OTP [code]"),
        ("kode OTP saya 9912", OneTimeCode, "kode OTP saya [code]"),
        ("認証コードは556677", OneTimeCode, "認証コードは[code]"),
        ("ssn 123-45-6789", NationalId, "ssn [id number]"),
        (
            "my social security number is 123456789",
            NationalId,
            "my social security number is [id number]",
        ),
        ("NIK saya 3171234509870001", NationalId, "NIK saya [id number]"),
        (
            "マイナンバーは 1234 5678 9018",
            NationalId,
            "マイナンバーは [id number]",
        ),
        (
            "send it to DE89 3704 0044 0532 0130 00",
            Iban,
            "send it to [bank account]",
        ),
        ("GB82WEST12345698765432", Iban, "[bank account]"),
        ("key sk_live_abcdefghijklmnop", AccessKey, "key [key]"),
        (
            "Authorization: Bearer abcdefghijklmnopqrstuvwx",
            AccessKey,
            "Authorization: Bearer [key]",
        ),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", AccessKey, "[key]"),
        ("AKIAIOSFODNN7EXAMPLE", AccessKey, "[key]"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
            AccessKey,
            "[key]",
        ),
    ] {
        let found = mask(text);
        assert_eq!(
            (found.text.as_ref(), found.kinds.as_slice()),
            (masked, [kind].as_slice()),
            "{text}"
        );
        assert_eq!(mask(&found.text).text, found.text, "{text}");
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in [
        "order 4111111111111112",
        "where is my order 20261123001?",
        "order number 1000 2345 6789 0123",
        "call me at +62 812 3456 7890 or 021-5550-1234",
        "tracking 1Z999AA10123456784",
        "fedex 961207987654 has not come",
        "9400 1000 0000 0000 0000 00 is the usps number",
        "I paid 1,234,567.00 on 2026-11-23 at 10:15",
        "it costs Rp 1.250.000",
        "write to ana@example.com or https://example.com/orders/4111-2222",
        "I forgot my password",
        "my password is not working",
        "password is wrong",
        "the password is incorrect, please help",
        "reset password link does not work",
        "what is the code for free shipping?",
        "the code is invalid",
        "promo code SAVE20 does not work",
        "the code 20OFF is rejected",
        "kata sandi saya salah",
        "lupa kata sandi",
        "パスワードを忘れました",
        "パスワードは何文字ですか",
        "認証コードが届きません",
        "セキュリティコードとは何ですか",
        "is the CVV stored?",
        "error 404 since 12 March",
        "my zip is 10115 and I live at Main Street 12",
        "call 123-456-7890",
        "case 000-12-3456",
        "serial 9999999999999999",
        "0000 0000 0000 0000",
        "SN: AB12 CD34 EF56",
        "grind size 18 to 20, 93 °C, 1:16",
        "マイナンバーは必要ですか",
        "ISBN 9783161484100",
        "EAN 4006381333931",
        "Mein Passwort ist falsch",
        "mein Passwort ist abgelaufen, was nun?",
        "Das Passwort ist nicht mehr gültig",
        "mein Passwort ist leider weg",
        "Passwort vergessen",
        "der Bestätigungscode kommt nicht an",
        "mon mot de passe est incorrect",
        "mon mot de passe est-il enregistré ?",
        "mot de passe oublié",
        "mon mot de passe est trop court",
        "le code de vérification n'arrive pas",
        "mi contraseña es incorrecta",
        "mi contraseña es demasiado corta",
        "¿cuál es la contraseña de la wifi?",
        "la clave es tener paciencia",
        "olvidé mi contraseña",
        "我的密码是错的",
        "忘记密码 iPhone app",
        "密码是什么",
        "收不到验证码",
        "my pin code is 560001",
        "I will pin 4711 to the board",
        "der Preis ist 4711 Euro",
        "mon code postal est 75011",
        "el código postal es 28013",
        "邮编是100000",
    ] {
        let found = mask(text);
        assert!(
            matches!(found.text, Cow::Borrowed(_)) && found.kinds.is_empty(),
            "{text} became {}",
            found.text
        );
    }
}

#[test]
fn the_customer_is_told_in_their_language() {
    let kinds = [SecretKind::CardNumber, SecretKind::CardCode];
    assert!(notice(&kinds, "en").starts_with("I removed a card number and a card's security code from your message."));
    assert!(notice(&kinds, "id").contains("nomor kartu dan kode kartu"));
    assert!(notice(&kinds, "ja").contains("カード番号とセキュリティコード"));
    assert!(notice(&kinds, "de").contains("eine Kartennummer und die Prüfnummer einer Karte aus Ihrer Nachricht"));
    assert_eq!(notice(&kinds, "ko"), notice(&kinds, "en"));
}

#[test]
fn what_stands_for_a_secret_is_known_again() {
    use SecretKind::*;
    let known = Regex::new(&format!("^{PLACEHOLDER}$")).expect("a pattern");
    for kind in [CardNumber, CardCode, Password, OneTimeCode, NationalId, Iban, AccessKey] {
        assert!(known.is_match(&format!("[{}]", kind.label())), "{kind:?}");
    }
    assert!(known.is_match(&mask("4111111111111111").text));
    assert!(!known.is_match("[order number]"));
}

#[test]
fn the_code_behind_a_card_number_and_its_date_goes_with_it() {
    for (text, masked) in [
        (
            "4111 1111 1111 1111 12/27 123",
            "[card number ••1111] 12/27 [card code]",
        ),
        (
            "4111111111111111, exp 01/2028, 4321 please",
            "[card number ••1111], exp 01/2028, [card code] please",
        ),
        ("4111-1111-1111-1111 986", "[card number ••1111] [card code]"),
        ("4111111111111111 12/27", "[card number ••1111] 12/27"),
        ("order 20417 4111 1111 1111 1111", "order 20417 [card number ••1111]"),
        (
            "12 378282246310005 5500005555555559",
            "12 [card number ••0005] [card number ••5559]",
        ),
        ("4111111111111111 order 123", "[card number ••1111] order 123"),
    ] {
        assert_eq!(mask(text).text, masked);
    }
}

#[test]
fn a_megabyte_of_digits_takes_no_time_to_speak_of() {
    let text = "4 1-1".repeat(200_000);
    let started = std::time::Instant::now();
    mask(&text);
    assert!(started.elapsed().as_secs() < 20);
}

/// Found by fuzzing: in a long row of digits each card that goes uncovers the next one.
#[test]
fn a_long_row_of_digits_is_masked_to_its_end() {
    let text = "4111 1111 1111 1111 1111,1111 1111 1111,111 111. 1111 111. 1111 1110/my pa";
    let once = mask(text).text.into_owned();
    assert_eq!(mask(&once).text, once);
}

/// What announces a password, what may follow it, in each language.
const ANNOUNCEMENTS: &[(&str, &[&str])] = &[
    ("my password is ", &["", " and I cannot log in", ", please help"]),
    ("kata sandi saya adalah ", &["", " tapi tidak bisa masuk", ", tolong"]),
    ("パスワードは", &["", "です", "。ログインできません"]),
    (
        "Mein Passwort ist ",
        &["", " und ich komme nicht rein", ", bitte helfen"],
    ),
    ("Hallo, das Kennwort lautet: ", &["", " danke"]),
    ("mon mot de passe est ", &["", " mais rien ne marche", ", aidez-moi"]),
    ("mdp : ", &["", " merci"]),
    ("mi contraseña es ", &["", " y no puedo entrar", ", ayuda"]),
    ("我的密码是", &["", "，无法登录", "。请帮忙", " 谢谢"]),
    ("密码：", &["", "，打不开"]),
];

proptest! {
    /// Nothing but the secret is taken out: what stands around it is what people need to help.
    #[test]
    fn a_password_goes_alone_in_every_language(at in 0..ANNOUNCEMENTS.len(), which in 0usize..4, secret in "[A-Za-z]{2,8}[0-9]{2,4}[#$%&]?") {
        let (before, endings) = ANNOUNCEMENTS[at];
        let after = endings[which % endings.len()];
        let found = mask(&format!("{before}{secret}{after}")).text.into_owned();
        prop_assert_eq!(found, format!("{before}[password]{after}"));
    }

    #[test]
    fn a_card_number_is_taken_out_however_it_is_spaced(mut digits in prop::collection::vec(0u8..10, 15), separators in prop::collection::vec(0usize..4, 16)) {
        digits[0] = 4;
        // The last digit that makes the sum right.
        let last = (0..10).find(|last| { let mut all = digits.clone(); all.push(*last); luhn(&all) }).expect("one of ten does");
        digits.push(last);
        prop_assume!(digits.windows(2).any(|pair| pair[0] != pair[1]));
        let mut text = String::from("pay with ");
        for (digit, separator) in digits.iter().zip(separators) {
            text.push(char::from(b'0' + digit));
            text.push_str(["", " ", "-", ""][separator]);
        }
        let text = text.trim_end_matches([' ', '-']).to_owned() + " please";
        let found = mask(&text);
        prop_assert!(found.kinds.contains(&SecretKind::CardNumber), "{} became {}", text, found.text);
        prop_assert!(super::digits(&found.text).len() <= 4);
    }

    #[test]
    fn masking_twice_is_masking_once(text in r"(my password is |otp |4111 1111 1111 1111|cvv 123|[a-z0-9 .é日]|\PC){0,30}") {
        let once = mask(&text).text.into_owned();
        prop_assert_eq!(&mask(&once).text, &once);
    }

    #[test]
    fn a_text_without_digits_and_announcing_words_is_left_alone(text in "[b-cf-ho-q éあ漢!?.]{0,200}") {
        prop_assert!(matches!(mask(&text).text, Cow::Borrowed(_)));
    }
}
