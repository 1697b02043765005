//! The receipt's words in languages whose sentences differ in their words alone: one table for each.

use crate::answer::HandoffReason;

/// All words of a receipt in one language. `{…}` is filled in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::desk) struct Texts {
    pub low_confidence: &'static str,
    pub no_match: &'static str,
    pub wants_person: &'static str,
    pub people_first: &'static str,
    pub did_not_help: &'static str,
    pub taken_over: &'static str,
    pub misses: &'static str,
    /// By topic; the last one, without a name, is for all others.
    pub topics: [(&'static str, &'static str); 8],
    /// `{team}`, `{by}`.
    pub answers_team: &'static str,
    /// `{by}`.
    pub answers: &'static str,
    /// `{opens}`.
    pub closed: &'static str,
    pub meanwhile: &'static str,
    pub meanwhile_email: &'static str,
    /// `{reference}`.
    pub reference: &'static str,
    pub between_sentences: &'static str,
    /// What teams are called; others as they are configured.
    pub teams: [(&'static str, &'static str); 6],
    pub today: &'static str,
    pub tomorrow: &'static str,
    /// `{weekday}`, `{day}`, `{month}`, `{year}`, `{time}`, `{zone}`.
    pub moment: &'static str,
    /// January first.
    pub months: [&'static str; 12],
    /// Monday first.
    pub days: [&'static str; 7],
}

impl Texts {
    /// Why a person answers.
    pub fn why(&self, reason: HandoffReason, topic: Option<&str>) -> &'static str {
        match reason {
            HandoffReason::SensitiveTopic => self.why_topic(topic.unwrap_or_default()),
            HandoffReason::LowConfidence => self.low_confidence,
            HandoffReason::NoMatch => self.no_match,
            HandoffReason::WantsPerson => self.wants_person,
            HandoffReason::PeopleFirst => self.people_first,
            HandoffReason::DidNotHelp => self.did_not_help,
            HandoffReason::TakenOver => self.taken_over,
            HandoffReason::Misses => self.misses,
        }
    }

    fn why_topic(&self, topic: &str) -> &'static str {
        let [named @ .., (_, other)] = &self.topics;
        named
            .iter()
            .find_map(|(known, text)| (*known == topic).then_some(*text))
            .unwrap_or(other)
    }

    /// What a team is called in a sentence.
    pub fn team(&self, team: &str) -> Option<&'static str> {
        self.teams
            .iter()
            .find_map(|(known, text)| (*known == team).then_some(*text))
    }
}

/// Puts values in place of `{name}`.
pub(in crate::desk) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 40);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

pub(in crate::desk) const GERMAN: Texts = Texts {
    low_confidence: "Keiner unserer Artikel beantwortet das sicher, und wir möchten nicht raten.",
    no_match: "Keiner unserer Artikel beantwortet das.",
    wants_person: "Sie möchten mit einem Menschen sprechen.",
    people_first: "Ihre Fragen gehen direkt an einen Menschen.",
    did_not_help: "Was wir Ihnen gezeigt haben, hat nicht geholfen; deshalb übernimmt ein Mensch.",
    taken_over: "Ein Mensch ist dazugekommen und übernimmt vom Bot.",
    misses: "Unsere Artikel haben Ihre Frage nicht beantwortet; deshalb übernimmt ein Mensch.",
    topics: [
        ("billing", "Hier geht es um Ihr Geld; deshalb sieht ein Mensch nach."),
        ("refund", "Über Erstattungen entscheidet ein Mensch, keine Maschine."),
        (
            "cancellation",
            "Um Kündigungen kümmert sich ein Mensch, damit nichts übersehen wird.",
        ),
        ("upgrade", "Ein Mensch hilft Ihnen, den passenden Tarif zu finden."),
        (
            "account_security",
            "Hier geht es um die Sicherheit Ihres Kontos; deshalb kümmert sich ein Mensch darum.",
        ),
        ("legal", "Rechtliche Fragen beantwortet ein Mensch."),
        ("complaint", "Eine Beschwerde liest ein Mensch, keine Maschine."),
        ("", "Fragen wie diese beantwortet ein Mensch."),
    ],
    answers_team: "Jemand aus unserem Team {team} antwortet spätestens {by}.",
    answers: "Jemand aus unserem Team antwortet spätestens {by}.",
    closed: "Gerade ist niemand da; wir sind wieder da {opens}.",
    meanwhile: "Unser Team sieht alles, was Sie geschrieben haben; Sie müssen es nicht noch einmal erzählen.",
    meanwhile_email: "Unser Team sieht alles, was Sie geschrieben haben; Sie müssen es nicht noch einmal erzählen, und die Antwort kommt auch per E-Mail.",
    reference: "Ihre Vorgangsnummer ist {reference}.",
    between_sentences: " ",
    teams: [
        ("billing", "Abrechnung"),
        ("sales", "Vertrieb"),
        ("security", "Sicherheit"),
        ("legal", "Recht"),
        ("care", "Kundenbetreuung"),
        ("retention", "Kundenbetreuung"),
    ],
    today: "heute, ",
    tomorrow: "morgen, ",
    moment: "{weekday}, {day}. {month} {year}, {time} {zone}",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    days: [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ],
};

pub(in crate::desk) const FRENCH: Texts = Texts {
    low_confidence: "Aucun de nos articles n'y répond avec certitude, et nous préférons ne pas deviner.",
    no_match: "Aucun de nos articles n'y répond.",
    wants_person: "Vous avez demandé une personne.",
    people_first: "Vos questions vont directement à une personne.",
    did_not_help: "Ce que nous vous avons montré ne vous a pas aidé ; une personne prend donc le relais.",
    taken_over: "Une personne s'est jointe à la conversation et remplace le robot.",
    misses: "Nos articles n'ont pas répondu à votre question ; une personne prend donc le relais.",
    topics: [
        ("billing", "Il s'agit de votre argent ; une personne s'en occupe donc."),
        (
            "refund",
            "Les remboursements sont décidés par une personne, pas par une machine.",
        ),
        (
            "cancellation",
            "Une personne s'occupe des résiliations, pour que rien ne soit oublié.",
        ),
        ("upgrade", "Une personne vous aide à trouver l'offre qui convient."),
        (
            "account_security",
            "Il s'agit de la sécurité de votre compte ; une personne s'en occupe donc.",
        ),
        ("legal", "Une personne répond aux questions juridiques."),
        (
            "complaint",
            "Une réclamation est lue par une personne, pas par une machine.",
        ),
        ("", "Une personne répond à ce genre de questions."),
    ],
    answers_team: "Une personne de notre équipe {team} répondra au plus tard {by}.",
    answers: "Une personne de notre équipe répondra au plus tard {by}.",
    closed: "Personne n'est là pour l'instant ; nous sommes de retour {opens}.",
    meanwhile: "Notre équipe voit tout ce que vous avez écrit, vous n'avez donc pas à le répéter.",
    meanwhile_email: "Notre équipe voit tout ce que vous avez écrit, vous n'avez donc pas à le répéter ; la réponse vient aussi par e-mail.",
    reference: "Votre référence est {reference}.",
    between_sentences: " ",
    teams: [
        ("billing", "facturation"),
        ("sales", "commerciale"),
        ("security", "sécurité"),
        ("legal", "juridique"),
        ("care", "clientèle"),
        ("retention", "clientèle"),
    ],
    today: "aujourd'hui, ",
    tomorrow: "demain, ",
    moment: "{weekday} {day} {month} {year}, {time} {zone}",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    days: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
};

pub(in crate::desk) const SPANISH: Texts = Texts {
    low_confidence: "Ninguno de nuestros artículos lo responde con certeza, y preferimos no adivinar.",
    no_match: "Ninguno de nuestros artículos lo responde.",
    wants_person: "Ha pedido hablar con una persona.",
    people_first: "Sus preguntas van directamente a una persona.",
    did_not_help: "Lo que le hemos mostrado no le ha servido, así que se encarga una persona.",
    taken_over: "Una persona se ha unido y sustituye al bot.",
    misses: "Nuestros artículos no han respondido a su pregunta, así que se encarga una persona.",
    topics: [
        ("billing", "Se trata de su dinero, así que lo revisa una persona."),
        ("refund", "Los reembolsos los decide una persona, no una máquina."),
        (
            "cancellation",
            "De las cancelaciones se encarga una persona, para que no se pase nada por alto.",
        ),
        ("upgrade", "Una persona le ayuda a encontrar el plan adecuado."),
        (
            "account_security",
            "Se trata de la seguridad de su cuenta, así que se encarga una persona.",
        ),
        ("legal", "Las cuestiones legales las responde una persona."),
        ("complaint", "Una queja la lee una persona, no una máquina."),
        ("", "Preguntas como esta las responde una persona."),
    ],
    answers_team: "Una persona de nuestro equipo de {team} responderá a más tardar {by}.",
    answers: "Una persona de nuestro equipo responderá a más tardar {by}.",
    closed: "Ahora no hay nadie; volvemos {opens}.",
    meanwhile: "Nuestro equipo ve todo lo que ha escrito, así que no tiene que repetirlo.",
    meanwhile_email: "Nuestro equipo ve todo lo que ha escrito, así que no tiene que repetirlo; la respuesta llega también por correo electrónico.",
    reference: "Su referencia es {reference}.",
    between_sentences: " ",
    teams: [
        ("billing", "facturación"),
        ("sales", "ventas"),
        ("security", "seguridad"),
        ("legal", "asuntos legales"),
        ("care", "atención al cliente"),
        ("retention", "atención al cliente"),
    ],
    today: "hoy, ",
    tomorrow: "mañana, ",
    moment: "{weekday}, {day} de {month} de {year}, {time} {zone}",
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
};

pub(in crate::desk) const CHINESE: Texts = Texts {
    low_confidence: "我们的文章都不能确切回答这个问题，我们也不愿猜测。",
    no_match: "我们的文章没有回答这个问题。",
    wants_person: "您要求人工客服。",
    people_first: "您的问题直接由人工客服答复。",
    did_not_help: "我们提供的内容没有帮到您，因此由人工客服接手。",
    taken_over: "人工客服已加入对话，接替机器人。",
    misses: "我们的文章没有解答您的问题，因此由人工客服接手。",
    topics: [
        ("billing", "这涉及您的款项，因此由人工客服处理。"),
        ("refund", "退款由人工决定，而不是机器。"),
        ("cancellation", "取消事宜由人工客服办理，以免遗漏。"),
        ("upgrade", "人工客服会帮您找到合适的方案。"),
        ("account_security", "这涉及您的账户安全，因此由人工客服处理。"),
        ("legal", "法律问题由人工答复。"),
        ("complaint", "投诉由人工阅读，而不是机器。"),
        ("", "此类问题由人工客服答复。"),
    ],
    answers_team: "我们{team}团队的客服最迟于{by}答复您。",
    answers: "我们的客服最迟于{by}答复您。",
    closed: "现在无人在线，我们将于{opens}恢复服务。",
    meanwhile: "客服能看到您写的全部内容，您无需重复。",
    meanwhile_email: "客服能看到您写的全部内容，您无需重复；答复也会发送到您的邮箱。",
    reference: "您的编号是 {reference}。",
    between_sentences: "",
    teams: [
        ("billing", "账务"),
        ("sales", "销售"),
        ("security", "安全"),
        ("legal", "法务"),
        ("care", "客户服务"),
        ("retention", "客户服务"),
    ],
    today: "今天，",
    tomorrow: "明天，",
    moment: "{year}年{month}{day}日{weekday} {time}（{zone}）",
    months: [
        "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
    ],
    days: ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
};
