//! How each secret is recognised, in seven languages.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::{SecretKind, is_iban, is_my_number, is_nik, is_ssn, ordinary::is_password};

/// How a secret is recognised.
pub(super) struct Rule {
    pub kind: SecretKind,
    pub pattern: Regex,
    is_one: fn(&str) -> bool,
}

impl Rule {
    /// What is taken out: the group `secret` or `other`, or everything.
    pub fn taken(&self, captures: &Captures) -> Option<Range<usize>> {
        let taken = captures
            .name("secret")
            .or_else(|| captures.name("other"))
            .or_else(|| captures.get(0))?;
        (self.is_one)(taken.as_str()).then(|| taken.range())
    }
}

/// Words that announce a secret without a digit in it.
pub(super) static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)pass|pw|sandi|kennwort|mdp|contrase|clave|密码|口令|パスワード|暗証|bearer|PRIVATE KEY|eyJ|AKIA|gh[pousr]_|[sr]k_",
    )
});

pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let any: fn(&str) -> bool = |_| true;
    let rule = |kind, pattern: &str, is_one| Rule {
        kind,
        pattern: compiled(pattern),
        is_one,
    };
    use SecretKind::*;
    vec![
        rule(
            CardCode,
            r"(?i)\b(?:cvv2?|cvc2?|cid|security code|card code|kode cvv|kode keamanan)\b\W{0,3}(?:(?:is|number|no|adalah|nya|code|ist|lautet|est|es)\W{1,3}){0,2}(?P<secret>[0-9]{3,4})\b",
            any,
        ),
        rule(
            CardCode,
            r"(?:セキュリティ(?:コード|番号)|裏面の番号)(?:は|が|：|:|\s){0,3}(?P<secret>[0-9０-９]{3,4})",
            any,
        ),
        rule(
            CardCode,
            r"(?i)\b(?:(?:karten)?pr[üu]f(?:nummer|ziffer)|kartencode|cryptogramme(?: visuel)?|code de s[ée]curit[ée]|c[óo]digo de seguridad)\b\W{0,3}(?:(?:ist|lautet|meiner karte|der karte|de (?:ma|la) carte|de (?:mi|la) tarjeta|est|es)\W{1,3}){0,2}(?P<secret>[0-9]{3,4})\b",
            any,
        ),
        // Chinese words have no edges that `\b` would see.
        rule(
            CardCode,
            r"(?i)(?:安全码|cvv2?|cvc2?|背面(?:的)?(?:三位|3位)?(?:数字|号码))(?:是|为|:|：|\s){0,3}(?P<secret>[0-9]{3,4})(?:[^0-9]|$)",
            any,
        ),
        // What people write behind the number, or behind the date until which it is valid.
        rule(
            CardCode,
            r"(?i)\[card number ••[0-9]{4}\][\s,;/|]{0,3}(?:(?:exp(?:iry|ires)?[.: ]{0,2})?(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[0-9]{2}[\s,;/|]{1,3})?(?P<secret>[0-9]{3,4})\b",
            any,
        ),
        rule(
            Password,
            r"(?i)\b(?:my |the |old |new |current |account |login )*(?:password|passwd|passcode|passphrase|pwd|pw)\s*(?:[:=]|\bis\b|\bwas\b)\s*[:=]?\s*(?P<secret>[^\s,;\[\]]{3,64})",
            is_password,
        ),
        rule(
            Password,
            r"(?i)\b(?:kata sandi|password|sandi)(?: (?:saya|akun|lama|baru)|nya)*\s*(?:[:=]|\badalah\b|\bitu\b)\s*(?P<secret>[^\s,;\[\]]{3,64})",
            is_password,
        ),
        rule(
            Password,
            r"(?:パスワード|暗証番号)(?:は|が|：|:|=)\s*[「『]?(?P<secret>[!-~]{4,64})",
            is_password,
        ),
        // In the four languages below a sign or a word stands before the secret, and after the word a space: "mon mot de passe
        // est-il enregistré" has none.
        rule(
            Password,
            r#"(?i)\b(?:passwort|kennwort|zugangscode|passwd|pw)(?: (?:f[üu]r|von|zu) (?:\w+ ){0,1}\w+)?\s*(?:[:=]|\b(?:ist|lautet|war)(?:\s*[:=]|\s))\s*["'„“”«»‚‘]?(?P<secret>[^\s,;\[\]"„“”«»]{3,64})"#,
            is_password,
        ),
        rule(
            Password,
            r#"(?i)\b(?:mots? de passe|mdp)(?: (?:actuel|ancien|nouveau|temporaire))?(?: (?:du|de mon|de) compte)?\s*(?:[:=]|\b(?:est|[ée]tait|c['’]est)(?:\s*[:=]|\s))\s*(?:["'„“”«‘]\s?)?(?P<secret>[^\s,;\[\]"„“”«»]{3,64})"#,
            is_password,
        ),
        rule(
            Password,
            r#"(?i)\b(?:contrase[ñn]a|mi (?:clave|password)|clave de acceso)(?: (?:actual|anterior|nueva|antigua|vieja|temporal))?(?: de (?:mi |la )?cuenta)?\s*(?:[:=]|\b(?:es|era)(?:\s*[:=]|\s))\s*(?:["'“”«‘]\s?)?(?P<secret>[^\s,;\[\]"“”«»]{3,64})"#,
            is_password,
        ),
        rule(
            Password,
            r"(?:密码|口令)\s*(?:是|为|:|：|=)\s*[“「『]?(?P<secret>[!-~&&[^,;\[\]]]{4,64})",
            is_password,
        ),
        rule(
            Password,
            r"(?i)\b(?:(?:meine|die|karten)[ -]?pin|geheimzahl|code pin|code secret|(?:mi|el) pin)(?: (?:meiner karte|der karte|de (?:ma|la) carte|de (?:mi|la) tarjeta))?\s*(?:[:=]|\b(?:ist|lautet|war|est|[ée]tait|es|era)\b)\s*[:=]?\s*(?P<secret>[0-9]{4,8})\b",
            any,
        ),
        // Four digits only: "my pin is 560001" is a postal code in India.
        rule(
            Password,
            r"(?i)\b(?:my|the|card|atm|bank) (?:card |atm |bank )?pin(?: number)?\s*(?:[:=]|\b(?:is|was)\b)\s*(?P<secret>[0-9]{4})\b|\bpin (?:(?:kartu|atm|saya)[ :=]{1,3}){1,3}(?:(?:adalah|itu)[ :=]{1,3})?(?P<other>[0-9]{4,6})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?i)\b(?:otp|2fa|verification|security|one[- ]time|auth(?:entication)?|confirmation|login|sms|sign[- ]in|verifikasi|kode)(?: (?:code|pin|kode|otp|verifikasi|password|passcode))*\b\W{0,3}(?:(?:is|was|i got|saya|adalah|nya|it says)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{3}|[0-9]{4,8})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?:認証|確認|ワンタイム)(?:コード|番号|パスワード)(?:は|が|：|:|\s){0,3}(?P<secret>[0-9０-９]{4,8})",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?i)\b(?:(?:best[äa]tigungs|verifizierungs|verifikations|sicherheits|einmal|anmelde|freischalt|login|sms)-?(?:code|kennwort|passwort|pin)|tan)\b\W{0,3}(?:(?:ist|lautet|war|von ihnen|ich habe)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{3}|[0-9]{4,8})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?i)\bcode (?:de |d['’])?(?:v[ée]rification|s[ée]curit[ée]|confirmation|connexion|validation|authentification|acc[èe]s|activation|sms|otp|[àa] usage unique)(?: (?:re[çc]u|par sms))*\W{0,3}(?:(?:est|[ée]tait|c['’]est)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{3}|[0-9]{4,8})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?i)\bc[óo]digo (?:de )?(?:verificaci[óo]n|seguridad|confirmaci[óo]n|acceso|autenticaci[óo]n|activaci[óo]n|un solo uso|sms|otp)(?: (?:recibido|por sms))*\W{0,3}(?:(?:es|era)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{3}|[0-9]{4,8})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?:验证码|校验码|动态码|动态密码|一次性密码|确认码|短信码)(?:是|为|:|：|\s){0,3}(?P<secret>[0-9]{4,8})(?:[^0-9]|$)",
            any,
        ),
        rule(NationalId, r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", is_ssn),
        rule(
            NationalId,
            r"(?i)\b(?:ssn|social security(?: number)?)\b\W{0,3}(?:(?:is|no|number)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4})\b",
            is_ssn,
        ),
        rule(NationalId, r"\b[0-9]{16}\b", is_nik),
        rule(
            NationalId,
            r"(?:マイナンバー|個人番号|(?i:my number))\D{0,8}(?P<secret>[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})",
            is_my_number,
        ),
        rule(
            Iban,
            r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
            is_iban,
        ),
        rule(
            AccessKey,
            r"\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abpr]-[A-Za-z0-9-]{10,})",
            any,
        ),
        rule(
            AccessKey,
            r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*",
            any,
        ),
        rule(AccessKey, r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/=-]{16,})", any),
        rule(
            AccessKey,
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-[^-])*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
            any,
        ),
    ]
});

pub(super) fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file; a test uses each")
}
