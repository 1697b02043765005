//! What the customer is told when something was taken out of a message.

use super::SecretKind;

impl SecretKind {
    /// Its name in a sentence to the customer.
    fn name(self, lang: &str) -> &'static str {
        use SecretKind::*;
        match (lang, self) {
            ("id", CardNumber) => "nomor kartu",
            ("id", CardCode) => "kode kartu",
            ("id", Password) => "kata sandi",
            ("id", OneTimeCode) => "kode sekali pakai",
            ("id", NationalId) => "nomor identitas",
            ("id", Iban) => "nomor rekening",
            ("id", AccessKey) => "kunci akses",
            ("ja", CardNumber) => "カード番号",
            ("ja", CardCode) => "セキュリティコード",
            ("ja", Password) => "パスワード",
            ("ja", OneTimeCode) => "認証コード",
            ("ja", NationalId) => "個人番号",
            ("ja", Iban) => "口座番号",
            ("ja", AccessKey) => "アクセスキー",
            ("de", CardNumber) => "eine Kartennummer",
            ("de", CardCode) => "die Prüfnummer einer Karte",
            ("de", Password) => "ein Passwort",
            ("de", OneTimeCode) => "einen Einmalcode",
            ("de", NationalId) => "eine Ausweisnummer",
            ("de", Iban) => "eine Kontonummer",
            ("de", AccessKey) => "einen Zugangsschlüssel",
            ("fr", CardNumber) => "un numéro de carte",
            ("fr", CardCode) => "le code de sécurité d'une carte",
            ("fr", Password) => "un mot de passe",
            ("fr", OneTimeCode) => "un code à usage unique",
            ("fr", NationalId) => "un numéro d'identité",
            ("fr", Iban) => "un numéro de compte bancaire",
            ("fr", AccessKey) => "une clé d'accès",
            ("es", CardNumber) => "un número de tarjeta",
            ("es", CardCode) => "el código de seguridad de una tarjeta",
            ("es", Password) => "una contraseña",
            ("es", OneTimeCode) => "un código de un solo uso",
            ("es", NationalId) => "un número de identidad",
            ("es", Iban) => "un número de cuenta bancaria",
            ("es", AccessKey) => "una clave de acceso",
            ("zh", CardNumber) => "卡号",
            ("zh", CardCode) => "卡片安全码",
            ("zh", Password) => "密码",
            ("zh", OneTimeCode) => "验证码",
            ("zh", NationalId) => "证件号码",
            ("zh", Iban) => "银行账号",
            ("zh", AccessKey) => "访问密钥",
            (_, CardNumber) => "a card number",
            (_, CardCode) => "a card's security code",
            (_, Password) => "a password",
            (_, OneTimeCode) => "a one-time code",
            (_, NationalId) => "an id number",
            (_, Iban) => "a bank account number",
            (_, AccessKey) => "an access key",
        }
    }
}

/// What the customer is told, in the conversation's language.
pub fn notice(kinds: &[SecretKind], lang: &str) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name(lang)).collect();
    match lang {
        "id" => format!(
            "Saya menghapus {} dari pesan Anda. Jangan kirim data seperti itu di sini; kami tidak pernah memerlukannya.",
            names.join(" dan ")
        ),
        "ja" => format!(
            "メッセージから{}を消しました。こうした情報はここに書かないでください。こちらからお尋ねすることはありません。",
            names.join("と")
        ),
        "de" => format!(
            "Ich habe {} aus Ihrer Nachricht entfernt. Bitte senden Sie solche Angaben nicht hier; wir brauchen sie nie.",
            names.join(" und ")
        ),
        "fr" => format!(
            "J'ai retiré {} de votre message. Merci de ne pas envoyer ce genre de données ici ; nous n'en avons jamais besoin.",
            names.join(" et ")
        ),
        "es" => format!(
            "He quitado {} de su mensaje. Por favor, no envíe aquí ese tipo de datos; nunca los necesitamos.",
            names.join(" y ")
        ),
        "zh" => format!(
            "我已从您的消息中删除{}。请不要在这里发送此类信息，我们从不需要它们。",
            names.join("和")
        ),
        _ => format!(
            "I removed {} from your message. Please do not send such things here; we never need them.",
            names.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretKind::*, *};

    const LANGUAGES: [&str; 7] = ["en", "id", "ja", "de", "fr", "es", "zh"];

    #[test]
    fn every_secret_has_a_name_and_every_language_a_notice() {
        for kind in [CardNumber, CardCode, Password, OneTimeCode, NationalId, Iban, AccessKey] {
            let mut notices = LANGUAGES.map(|lang| notice(&[kind], lang));
            for (lang, notice) in LANGUAGES.iter().zip(&notices) {
                let name = kind.name(lang);
                assert!(notice.contains(name), "{lang}: {notice}");
                assert!(*lang == "en" || name != kind.name("en"), "{lang} {kind:?}");
            }
            notices.sort_unstable();
            assert!(notices.windows(2).all(|two| two[0] != two[1]), "{notices:?}");
        }
    }
}
