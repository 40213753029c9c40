//! The form of consent to the processing of personal data: the organisers' own file, or one that is written here with
//! the person's answers filled in, to be signed and sent back as a photo.

use std::io::Write as _;
use std::path::Path;

use zip::write::SimpleFileOptions;

use crate::World;
use crate::store::people::Person;
use crate::texts::{Locale, Say};

/// A form that is ready to be sent.
#[derive(Debug)]
pub struct Blank {
    /// The name of the file.
    pub name: String,
    /// Its content.
    pub body: Vec<u8>,
}

/// The form for a person.
///
/// # Errors
/// When the organisers' file cannot be read, or the form not be written.
pub fn of(world: &World, person: &Person, locale: Locale) -> std::io::Result<Blank> {
    match &world.config.consent_form {
        Some(path) => Ok(Blank { name: name_of(path), body: std::fs::read(path)? }),
        None => {
            let name = format!("{}.docx", Say::new("form.file").text(locale));
            Ok(Blank { name, body: docx(&lines(world, person, locale))? })
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| "form".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The lines of the form; the first is its heading.
fn lines(world: &World, person: &Person, locale: Locale) -> Vec<String> {
    let blank =
        |text: Option<&str>| text.filter(|text| !text.is_empty()).unwrap_or("____________").to_owned();
    let birth = person.birth_date.as_deref().map(crate::screens::shown_date);
    let say = |key: &str| {
        let say = Say::new(key)
            .with("title", world.title(locale))
            .with("support", world.support())
            .with("version", world.config.consent_version.clone())
            .with("name", blank(person.full_name.as_deref()))
            .with("birth", blank(birth.as_deref()))
            .with("phone", blank(person.phone.as_deref()))
            .with("email", blank(person.email.as_deref()))
            .with("org", blank(person.organisation.as_ref().map(|org| org.full_name.as_str())));
        say.text(locale)
    };
    ["form.title", "form.who", "form.what", "form.why", "form.until", "form.sign", "form.minor"]
        .iter()
        .flat_map(|key| say(key).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

/// Lines as a Word document: the first large and in the middle, the others below.
fn docx(lines: &[String]) -> std::io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, body) in
        [("[Content_Types].xml", TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", &document(lines))]
    {
        zip.start_file(name, SimpleFileOptions::default()).map_err(std::io::Error::other)?;
        zip.write_all(body.as_bytes())?;
    }
    Ok(zip.finish().map_err(std::io::Error::other)?.into_inner())
}

fn document(lines: &[String]) -> String {
    let paragraph = |(n, line): (usize, &String)| {
        let (place, size) = if n == 0 { ("<w:jc w:val=\"center\"/>", 30) } else { ("", 24) };
        format!(
            "<w:p><w:pPr><w:spacing w:after=\"200\"/>{place}</w:pPr><w:r><w:rPr><w:sz w:val=\"{size}\"/></w:rPr>\
            <w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
            escaped(line)
        )
    };
    let body: String = lines.iter().enumerate().map(paragraph).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:document \
        xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    )
}

/// A text inside XML, where no other control characters than tabs may stand.
fn escaped(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::DocumentKind;
    use crate::domain::file::{Format, inspect};

    #[tokio::test]
    async fn the_form_is_a_word_document_with_the_answers_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { database: folder.path().join("c.db"), ..Config::default() };
        let world = World::open(config).await.unwrap();
        let full_name = Some("O'Brien </w:t> & Sean\u{b}".to_owned());
        let person = Person { full_name, birth_date: Some("2005-02-01".into()), ..Person::default() };
        for locale in Locale::ALL {
            let blank = of(&world, &person, locale).unwrap();
            assert!(blank.name.ends_with(".docx"), "{}", blank.name);
            let mut archive = std::io::Cursor::new(blank.body);
            assert_eq!(inspect(&mut archive, DocumentKind::Paper), Ok(Format::Docx));
            let mut archive = zip::ZipArchive::new(archive).unwrap();
            let mut text = String::new();
            let mut main = archive.by_name("word/document.xml").unwrap();
            std::io::Read::read_to_string(&mut main, &mut text).unwrap();
            assert!(
                text.contains("O'Brien &lt;/w:t&gt; &amp; Sean") && text.contains("01.02.2005"),
                "{text}"
            );
            assert!(text.contains(world.title(locale)) && !text.contains(['{', '\u{b}']), "{text}");
        }
    }

    #[tokio::test]
    async fn the_organisers_own_form_goes_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("Бланк.pdf");
        std::fs::write(&own, "%PDF-1.4 own %%EOF").unwrap();
        let config =
            Config { database: folder.path().join("c.db"), consent_form: Some(own), ..Config::default() };
        let world = World::open(config).await.unwrap();
        let blank = of(&world, &Person::default(), Locale::Ru).unwrap();
        assert_eq!((blank.name.as_str(), blank.body.as_slice()), ("Бланк.pdf", &b"%PDF-1.4 own %%EOF"[..]));
    }
}
