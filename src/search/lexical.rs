//! The lexical index: tantivy's BM25 (k1 = 1.2, b = 0.75) over the terms of [`super::analyze`].
//!
//! Articles are analyzed by us and handed over as finished tokens, so one index holds articles in many languages, each
//! analyzed by its own. Field `all` counts the title twice and finds candidates; the separate fields serve the
//! suggestions while typing.

use std::{collections::BTreeMap, path::Path};

use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token as TantivyToken},
};

use super::analyze::Token;

/// Memory for tantivy's one writing thread, bytes. Its least is 15 MB.
const WRITER_MEMORY: usize = 64 << 20;

/// The analyzed parts of an article.
#[derive(Default)]
pub struct Parts {
    /// Title.
    pub title: Vec<Token>,
    /// All headings.
    pub headings: Vec<Token>,
    /// All text.
    pub body: Vec<Token>,
    /// Example questions.
    pub questions: Vec<Token>,
    /// Tags and description.
    pub tags: Vec<Token>,
}

/// The parts of an article that are searched apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything, the title twice.
    All,
    /// Title.
    Title,
    /// Headings.
    Headings,
    /// Example questions.
    Questions,
}

/// A tantivy index over articles, numbered as they were given.
pub struct Lexical {
    reader: IndexReader,
    fields: Fields,
}

struct Fields {
    all: Field,
    title: Field,
    headings: Field,
    body: Field,
    questions: Field,
    tags: Field,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true),
    );
    let fields = Fields {
        all: builder.add_text_field("all", text.clone()),
        title: builder.add_text_field("title", text.clone()),
        headings: builder.add_text_field("headings", text.clone()),
        body: builder.add_text_field("body", text.clone()),
        questions: builder.add_text_field("questions", text.clone()),
        tags: builder.add_text_field("tags", text),
    };
    (builder.build(), fields)
}

/// Writes a new index into an empty folder. One thread, one segment, documents in the given order: the document number
/// is the article's, and ties in score are broken by it.
///
/// # Errors
/// What tantivy says (disk full, folder not writable…).
pub fn write(folder: &Path, articles: impl Iterator<Item = Parts>) -> Result<(), TantivyError> {
    let (schema, fields) = schema();
    let index = Index::create_in_dir(folder, schema)?;
    let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_MEMORY)?;
    writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
    for parts in articles {
        let mut document = TantivyDocument::default();
        let whole: Vec<&Token> = [
            &parts.title,
            &parts.title,
            &parts.headings,
            &parts.body,
            &parts.questions,
            &parts.tags,
        ]
        .into_iter()
        .flatten()
        .collect();
        document.add_pre_tokenized_text(fields.all, pre_tokenized(whole.into_iter()));
        for (field, tokens) in [
            (fields.title, &parts.title),
            (fields.headings, &parts.headings),
            (fields.body, &parts.body),
            (fields.questions, &parts.questions),
            (fields.tags, &parts.tags),
        ] {
            document.add_pre_tokenized_text(field, pre_tokenized(tokens.iter()));
        }
        writer.add_document(document)?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.garbage_collect_files().wait()?;
    writer.wait_merging_threads()
}

fn pre_tokenized<'a>(tokens: impl Iterator<Item = &'a Token>) -> PreTokenizedString {
    let tokens = tokens
        .filter(|token| !token.term.is_empty())
        .enumerate()
        .map(|(position, token)| TantivyToken {
            offset_from: 0,
            offset_to: 0,
            position,
            text: token.term.clone(),
            position_length: 1,
        })
        .collect();
    PreTokenizedString {
        text: String::new(),
        tokens,
    }
}

impl Lexical {
    /// Opens what [`write()`] wrote.
    ///
    /// # Errors
    /// What tantivy says.
    pub fn open(folder: &Path) -> Result<Self, TantivyError> {
        let index = Index::open_in_dir(folder)?;
        let (_, fields) = schema();
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Lexical { reader, fields })
    }

    /// The `k` articles with the highest BM25 for these terms with their weights, best first.
    ///
    /// # Errors
    /// What tantivy says (a damaged file).
    pub fn best<'a>(
        &self,
        part: Part,
        terms: impl Iterator<Item = (&'a str, f32)>,
        k: usize,
    ) -> Result<Vec<(usize, f32)>, TantivyError> {
        let field = match part {
            Part::All => self.fields.all,
            Part::Title => self.fields.title,
            Part::Headings => self.fields.headings,
            Part::Questions => self.fields.questions,
        };
        let mut weights: BTreeMap<&str, f32> = BTreeMap::new();
        for (term, weight) in terms {
            let known = weights.entry(term).or_insert(0.0);
            *known = known.max(weight);
        }
        let clauses: Vec<(Occur, Box<dyn Query>)> = weights
            .into_iter()
            .map(|(term, weight)| {
                let query: Box<dyn Query> = Box::new(TermQuery::new(
                    Term::from_field_text(field, term),
                    IndexRecordOption::WithFreqs,
                ));
                let query = if weight == 1.0 {
                    query
                } else {
                    Box::new(BoostQuery::new(query, weight))
                };
                (Occur::Should, query)
            })
            .collect();
        if clauses.is_empty() || k == 0 {
            return Ok(Vec::new());
        }
        let found = self
            .reader
            .searcher()
            .search(&BooleanQuery::new(clauses), &TopDocs::with_limit(k).order_by_score())?;
        Ok(found
            .into_iter()
            .map(|(score, address)| (address.doc_id as usize, score))
            .collect())
    }
}
