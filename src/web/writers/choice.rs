//! What a writer chose to see, and the links that change one of these choices and keep the others.

use serde::Deserialize;

use crate::{
    http::{Problem, days, given, primary_language, unanswered_reason},
    insight::UnansweredReason,
};

/// Days that need not stand in the address.
const USUAL_DAYS: u16 = 28;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub struct WritersParams {
    days: Option<usize>,
    lang: Option<String>,
    reason: Option<String>,
    sort: Option<String>,
    page: Option<usize>,
    by: Option<String>,
    articles: Option<usize>,
}

/// A link to choose something.
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it says.
    pub text: String,
    /// Whether it is chosen.
    pub current: bool,
}

/// A column's name, which sorts by it.
pub struct Heading {
    /// What it says.
    pub text: &'static str,
    /// Where to; `None` for columns that nothing is sorted by.
    pub href: Option<String>,
    /// `ascending` or `descending`, if the table is sorted by it now.
    pub order: Option<&'static str>,
    /// For numbers.
    pub is_number: bool,
}

/// Columns that a table can be sorted by.
pub trait Column: Copy + PartialEq + 'static {
    /// All of them; the first one is usual.
    const ALL: &'static [Self];
    /// In addresses.
    fn word(self) -> &'static str;
    /// Whether the least comes first unless reversed: for words, not for numbers.
    fn is_ascending(self) -> bool;
}

/// By which column, and whether the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorting<C> {
    /// The column.
    pub column: C,
    /// The other way round.
    pub reversed: bool,
}

impl<C: Column> Sorting<C> {
    /// Of a word in an address; unknown ones are the usual sorting.
    pub fn of(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default();
        let (name, reversed) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        let column = C::ALL.iter().copied().find(|column| column.word() == name);
        match column {
            Some(column) => Sorting { column, reversed },
            None => Sorting {
                column: C::ALL[0],
                reversed: false,
            },
        }
    }

    fn word(self) -> Option<String> {
        let usual = self.column == C::ALL[0] && !self.reversed;
        let mark = if self.reversed { "-" } else { "" };
        (!usual).then(|| format!("{mark}{}", self.column.word()))
    }

    /// Whether the least comes first.
    pub fn is_ascending(self) -> bool {
        self.column.is_ascending() != self.reversed
    }

    /// What a click on a column leads to: that column, or the other way round if it is sorted by it already.
    pub fn clicked(self, column: C) -> Self {
        Sorting {
            column,
            reversed: self.column == column && !self.reversed,
        }
    }

    /// What screen readers are told of a column.
    pub fn order(self, column: C) -> Option<&'static str> {
        (self.column == column).then_some(if self.is_ascending() { "ascending" } else { "descending" })
    }
}

/// Columns of the unanswered questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionColumn {
    /// How often.
    Times,
    /// The words.
    Question,
    /// When the last time.
    Last,
    /// How sure the nearest article was.
    Sure,
}

impl Column for QuestionColumn {
    const ALL: &'static [Self] = &[Self::Times, Self::Question, Self::Last, Self::Sure];

    fn word(self) -> &'static str {
        match self {
            Self::Times => "times",
            Self::Question => "question",
            Self::Last => "last",
            Self::Sure => "sure",
        }
    }

    fn is_ascending(self) -> bool {
        self == Self::Question
    }
}

/// Columns of the articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArticleColumn {
    /// Readers whom it did not help: what writers look for.
    Failed,
    /// The title.
    Title,
    /// How often it was the answer.
    Shown,
    /// How often it was only the nearest.
    Nearest,
    /// Readers whom it helped.
    Helped,
}

impl Column for ArticleColumn {
    const ALL: &'static [Self] = &[Self::Failed, Self::Title, Self::Shown, Self::Nearest, Self::Helped];

    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Title => "title",
            Self::Shown => "shown",
            Self::Nearest => "nearest",
            Self::Helped => "helped",
        }
    }

    fn is_ascending(self) -> bool {
        self == Self::Title
    }
}

/// Everything that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// How many days.
    pub days: u16,
    /// Only one language.
    pub lang: Option<String>,
    /// Unanswered questions for one reason only.
    pub reason: Option<UnansweredReason>,
    /// Order of the unanswered questions.
    pub sort: Sorting<QuestionColumn>,
    /// Page of the unanswered questions, from 1 on.
    pub page: usize,
    /// Order of the articles.
    pub by: Sorting<ArticleColumn>,
    /// Page of the articles, from 1 on.
    pub articles: usize,
}

impl Choice {
    /// Checked.
    ///
    /// # Errors
    /// 400 for days out of range or a reason that there is not.
    pub fn new(params: WritersParams) -> Result<Self, Problem> {
        Ok(Choice {
            days: days(params.days)?,
            lang: given(params.lang).as_deref().and_then(primary_language),
            reason: unanswered_reason(params.reason)?,
            sort: Sorting::of(params.sort.as_deref()),
            page: params.page.unwrap_or(1).max(1),
            by: Sorting::of(params.by.as_deref()),
            articles: params.articles.unwrap_or(1).max(1),
        })
    }

    /// The same at the beginning of both lists: what a filter leads to.
    pub fn first_pages(&self) -> Self {
        Choice {
            page: 1,
            articles: 1,
            ..self.clone()
        }
    }

    /// The address at which this is chosen; what is usual does not stand in it.
    pub fn address(&self, path: &str, fragment: &str) -> String {
        let number = |value: usize| (value > 1).then(|| value.to_string());
        let pairs = [
            ("days", (self.days != USUAL_DAYS).then(|| self.days.to_string())),
            ("lang", self.lang.clone()),
            ("reason", self.reason.map(|reason| reason.as_str().to_owned())),
            ("sort", self.sort.word()),
            ("page", number(self.page)),
            ("by", self.by.word()),
            ("articles", number(self.articles)),
        ];
        let mut address = path.to_owned();
        let mut mark = '?';
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            address.push(mark);
            mark = '&';
            // Words of ours, numbers, and a language of letters: nothing that must be encoded.
            address.push_str(&format!("{name}={value}"));
        }
        if !fragment.is_empty() {
            address.push('#');
            address.push_str(fragment);
        }
        address
    }
}

/// Where one is in a long list.
pub struct Pages {
    /// `26–50 of 1,204`; empty when everything is on one page.
    pub text: String,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: usize,
}

impl Pages {
    /// Of a list of `total` rows, `size` on a page; `link` makes the address of a page. Also says which rows to show; a
    /// page behind the end is the last one.
    pub fn new(
        total: usize,
        size: usize,
        page: usize,
        link: impl Fn(usize) -> String,
    ) -> (Self, std::ops::Range<usize>) {
        let last = total.div_ceil(size).max(1);
        let page = page.clamp(1, last);
        let from = (page - 1) * size;
        let to = (from + size).min(total);
        let number = |number: usize| crate::insight::words::thousands(number as u64);
        let text = match last {
            1 => String::new(),
            _ => format!("{}–{} of {}", number(from + 1), number(to), number(total)),
        };
        let pages = Pages {
            text,
            previous: (page > 1).then(|| link(page - 1)),
            next: (page < last).then(|| link(page + 1)),
            total,
        };
        (pages, from..to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_what_was_chosen_and_leave_out_what_is_usual() {
        let usual = Choice::new(WritersParams::default()).expect("a choice");
        assert_eq!(usual.address("/writers", ""), "/writers");
        let chosen = Choice::new(WritersParams {
            days: Some(90),
            lang: Some("id".into()),
            reason: Some("no_match".into()),
            sort: Some("-sure".into()),
            page: Some(3),
            by: Some("title".into()),
            articles: Some(0),
        })
        .expect("a choice");
        assert_eq!(
            chosen.address("/writers", "unanswered"),
            "/writers?days=90&lang=id&reason=no_match&sort=-sure&page=3&by=title#unanswered"
        );
        assert_eq!(
            chosen.first_pages().address("/writers", ""),
            "/writers?days=90&lang=id&reason=no_match&sort=-sure&by=title"
        );
        let wrong = WritersParams {
            days: Some(0),
            ..WritersParams::default()
        };
        assert!(Choice::new(wrong).is_err());
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let usual = Sorting::<QuestionColumn>::of(None);
        assert_eq!(
            (usual.column, usual.order(QuestionColumn::Times)),
            (QuestionColumn::Times, Some("descending"))
        );
        let question = usual.clicked(QuestionColumn::Question);
        assert_eq!(question.order(QuestionColumn::Question), Some("ascending"));
        let reversed = question.clicked(QuestionColumn::Question);
        assert_eq!(
            (reversed.order(QuestionColumn::Question), reversed.word()),
            (Some("descending"), Some("-question".into()))
        );
        assert_eq!(reversed.clicked(QuestionColumn::Question), question);
        assert_eq!(Sorting::<QuestionColumn>::of(Some("nonsense")), usual);
        assert_eq!(usual.order(QuestionColumn::Sure), None);
    }

    #[test]
    fn pages_end_where_the_list_ends() {
        let link = |page: usize| page.to_string();
        let (pages, range) = Pages::new(51, 25, 2, link);
        assert_eq!((pages.text.as_str(), range), ("26–50 of 51", 25..50));
        assert_eq!(
            (pages.previous.as_deref(), pages.next.as_deref()),
            (Some("1"), Some("3"))
        );
        let (pages, range) = Pages::new(51, 25, 99, link);
        assert_eq!((range, pages.next), (50..51, None));
        let (pages, range) = Pages::new(0, 25, 1, link);
        assert_eq!((pages.text.as_str(), range, pages.previous), ("", 0..0, None));
    }
}
