//! Verified TLS for e-mail: a server with a certificate of its own authority is believed when the configuration names
//! that authority, and otherwise gets nothing.

use std::path::PathBuf;
use std::sync::Arc;

use conference_bot::mail::{MailError, Mailer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tgbio_testkit::smtp::Smtp;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority in a folder, and a mail server for whose name it vouches.
struct Town {
    smtp: Smtp,
    acceptor: TlsAcceptor,
    authority: PathBuf,
    folder: tempfile::TempDir,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn acceptor(issuer: &Issuer, name: &str) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

impl Town {
    /// With a certificate for this name.
    async fn new(name: &str) -> Self {
        let (issuer, folder) = (authority(), tempfile::tempdir().unwrap());
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, issuer.pem()).unwrap();
        Self { smtp: Smtp::start().await, acceptor: acceptor(&issuer, name), authority, folder }
    }

    /// Serves with TLS from the start, or after `STARTTLS`; the port.
    async fn serve(&self, upgraded: bool) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, behind) = (self.acceptor.clone(), self.smtp.url().replace("smtp://", ""));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, acceptor.clone(), behind.clone(), upgraded));
            }
        });
        port
    }

    fn mailer(&self, scheme: &str, port: u16, trusts: bool) -> Mailer {
        let url = format!("{scheme}://localhost:{port}").into();
        let authority = trusts.then_some(self.authority.as_path());
        Mailer::new(&url, "conference@example.org", authority).unwrap()
    }
}

/// Hands one connection on, without its encryption, to the plain server.
async fn pass(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    behind: String,
    upgraded: bool,
) -> std::io::Result<()> {
    let mut plain = BufReader::new(stream);
    if upgraded {
        say(&mut plain, "220 localhost").await?;
        line(&mut plain).await?;
        say(&mut plain, "250-localhost\r\n250 STARTTLS").await?;
        if !line(&mut plain).await?.starts_with("STARTTLS") {
            return say(&mut plain, "530 Must issue a STARTTLS command first").await;
        }
        say(&mut plain, "220 go ahead").await?;
    }
    let mut secure = acceptor.accept(plain.into_inner()).await?;
    let mut server = TcpStream::connect(behind).await?;
    if upgraded {
        // The greeting was said already.
        let mut greeting = [0; "220 localhost ESMTP\r\n".len()];
        server.read_exact(&mut greeting).await?;
    }
    tokio::io::copy_bidirectional(&mut secure, &mut server).await.map(|_| ())
}

async fn say(to: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    to.write_all(format!("{line}\r\n").as_bytes()).await
}

async fn line(from: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line).await?;
    Ok(line)
}

const WAYS: [(&str, bool); 2] = [("smtps", false), ("smtp+starttls", true)];

#[tokio::test]
async fn a_mail_server_is_believed_when_its_authority_is_trusted() {
    let town = Town::new("localhost").await;
    for (count, (scheme, upgraded)) in WAYS.into_iter().enumerate() {
        let port = town.serve(upgraded).await;
        town.mailer(scheme, port, true).send("anna@example.org", "Код", "Ваш код: 123456").await.unwrap();
        town.smtp.mail("anna@example.org", "Ваш код: 123456", count + 1).await;
    }
}

#[tokio::test]
async fn a_mail_server_with_an_unknown_authority_gets_nothing() {
    let town = Town::new("localhost").await;
    for (scheme, upgraded) in WAYS {
        let port = town.serve(upgraded).await;
        let sent = town.mailer(scheme, port, false).send("anna@example.org", "Код", "Ваш код: 123456").await;
        assert!(
            matches!(&sent, Err(MailError::Later(why)) if why.contains("certificate")),
            "{scheme}: {sent:?}"
        );
    }
    assert!(town.smtp.mails().is_empty());
}

#[tokio::test]
async fn a_mail_server_that_proves_another_name_gets_nothing() {
    let town = Town::new("mail.example.org").await;
    for (scheme, upgraded) in WAYS {
        let port = town.serve(upgraded).await;
        let sent = town.mailer(scheme, port, true).send("anna@example.org", "Код", "Ваш код: 123456").await;
        assert!(
            matches!(&sent, Err(MailError::Later(why)) if why.contains("certificate")),
            "{scheme}: {sent:?}"
        );
    }
    assert!(town.smtp.mails().is_empty());
}

#[tokio::test]
async fn a_mail_server_that_cannot_encrypt_gets_nothing() {
    let town = Town::new("localhost").await;
    let port: u16 = town.smtp.url().rsplit(':').next().unwrap().parse().unwrap();
    for (scheme, _) in WAYS {
        let sent = town.mailer(scheme, port, true).send("anna@example.org", "Код", "Ваш код: 123456").await;
        assert!(sent.is_err(), "{scheme}");
    }
    assert!(town.smtp.mails().is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_named() {
    let town = Town::new("localhost").await;
    let other = town.folder.path().join("other.pem");
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&other, text).unwrap();
        let made = Mailer::new(&"smtps://localhost".to_owned().into(), "a@example.org", Some(&other));
        assert!(
            matches!(&made, Err(MailError::Settings(why)) if why.contains("other.pem")),
            "{text}: {made:?}"
        );
    }
}
