//! The book of abstracts, section by section: a page to be printed, or Markdown.

use std::io::Write;

use askama::Template;
use rusqlite::Connection;

use super::markdown;
use super::stream::failed;
use crate::World;
use crate::organisers::read::abstracts::{self, Abstract, Which};
use crate::organisers::texts::{self, Texts};
use crate::store::Res;
use crate::texts::Locale;

/// How a book is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page that needs nothing else.
    Html,
    /// Markdown.
    Markdown,
}

/// A book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    /// What stands in it.
    pub which: Which,
    /// How it is written.
    pub form: Form,
    /// The language of everything that people did not write.
    pub locale: Locale,
}

impl Book {
    /// By the name of its file.
    pub fn named(name: &str, locale: Locale) -> Option<Self> {
        let (stem, ending) = name.split_once('.')?;
        let which = match stem {
            "abstracts" => Which::Accepted,
            "abstracts-sent" => Which::Sent,
            _ => return None,
        };
        let form = match ending {
            "html" => Form::Html,
            "md" => Form::Markdown,
            _ => return None,
        };
        Some(Self { which, form, locale })
    }

    /// What the file is.
    pub fn media_type(self) -> &'static str {
        match self.form {
            Form::Html => "text/html; charset=utf-8",
            Form::Markdown => "text/markdown; charset=utf-8",
        }
    }

    /// Writes it, one abstract after the other.
    pub fn write(self, conn: &Connection, world: &World, out: &mut impl Write) -> Res<()> {
        let mut put = |text: String| out.write_all(text.as_bytes()).map_err(failed);
        put(self.beginning(world)?)?;
        let mut section = String::new();
        abstracts::each(conn, self.which, |row| {
            let title = row.section(self.locale);
            let first = section != title;
            title.clone_into(&mut section);
            put(self.entry(row, first)?)
        })?;
        match self.form {
            Form::Html => put("</main></body></html>\n".to_owned()),
            Form::Markdown => Ok(()),
        }
    }

    fn beginning(self, world: &World) -> Res<String> {
        let (t, title) = (texts::of(self.locale), world.title(self.locale));
        match self.form {
            Form::Html => Beginning { t, title, language: self.locale.code() }.render().map_err(failed),
            Form::Markdown => Ok(format!("# {}\n\n{}\n", markdown::line(title), t.book)),
        }
    }

    fn entry(self, row: &Abstract, first: bool) -> Res<String> {
        let (t, section) = (texts::of(self.locale), row.section(self.locale));
        let section = first.then_some(section);
        match self.form {
            Form::Html => Entry { t, row, section }.render().map_err(failed),
            Form::Markdown => Ok(plain(t, row, section)),
        }
    }
}

fn plain(t: &Texts, row: &Abstract, section: Option<&str>) -> String {
    use markdown::{line, lines};
    let mut parts: Vec<String> = section.map(|title| format!("## {}", line(title))).into_iter().collect();
    parts.push(format!("### {} {}", line(&row.code), line(&row.title)));
    parts.extend(row.authors.as_deref().map(|names| format!("**{}**", line(names))));
    parts.extend(row.supervisors.as_deref().map(|names| format!("{}: {}", t.supervisor, line(names))));
    parts.push(lines(&row.text));
    parts.extend(row.keywords.as_deref().map(|words| format!("{}: {}", t.keywords, line(words))));
    format!("\n{}\n", parts.join("\n\n"))
}

#[derive(Template)]
#[template(path = "book_beginning.html")]
struct Beginning<'a> {
    t: &'static Texts,
    title: &'a str,
    language: &'a str,
}

#[derive(Template)]
#[template(path = "book_entry.html")]
struct Entry<'a> {
    t: &'static Texts,
    row: &'a Abstract,
    section: Option<&'a str>,
}
