//! The commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::flags::KeyFlags;
use crate::auth::Scope;
use crate::config::keys::group;

/// Says when a public Telegram profile changed, what it was before, and how sure that is.
#[derive(Debug, Parser)]
#[command(name = "tgbio", version, max_term_width = 100, propagate_version = true)]
#[command(after_help = "Exit status: 0 done, 1 the asked thing failed, 2 wrong usage or configuration.")]
pub struct Cli {
    /// The configuration file, in TOML [default: tgbio.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the table of the keys documents them")]
    pub keys: KeyFlags<{ group::ALL }>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of commands that ask Telegram.
pub type FetchFlags = KeyFlags<{ group::FETCH }>;
/// Flags of commands that look at profiles and remember what they saw.
pub type TrackFlags = KeyFlags<{ group::FETCH | group::TRACK }>;
/// Flags of the server.
pub type ServeFlags = KeyFlags<{ group::OF_SERVE }>;
/// Flags of commands that sign in to Telegram.
pub type LoginFlags = KeyFlags<{ group::LOGIN }>;
/// Flags of commands that ask the server.
pub type ListenFlags = KeyFlags<{ group::LISTEN }>;

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "help texts stand on the commands; arguments and flags speak for themselves")]
pub enum Command {
    /// Run the server and the poller
    Serve {
        #[command(flatten)]
        keys: ServeFlags,
    },
    /// Fetch profiles once; nothing about them is stored
    Fetch {
        /// Usernames or t.me links
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        json: Json,
        #[command(flatten)]
        keys: FetchFlags,
    },
    /// Read a saved t.me page, without network and database
    Parse {
        /// The page; - is standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The name that was asked for
        #[arg(long, value_name = "NAME")]
        username: String,
        /// HTTP status of the page, if it is known
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(100..=599))]
        status: Option<u16>,
        #[command(flatten)]
        json: Json,
    },
    /// The followed profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Check now: all profiles that are due, or those named
    Check {
        /// Usernames, links or ids
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        json: Json,
        #[command(flatten)]
        keys: TrackFlags,
    },
    /// The history of a profile, oldest first
    History {
        /// Username, link or id
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// What changed between two revisions, by words; without numbers between the last two
    Diff {
        /// Username, link or id
        name: String,
        /// Number of the older revision
        #[arg(requires = "to")]
        from: Option<u64>,
        /// Number of the newer revision
        to: Option<u64>,
    },
    /// Find a text in all histories
    Search {
        /// Part of a name or a bio, in any case; a link or @name stands for the name. One or two characters are compared with
        /// the beginnings of current names only
        text: String,
        #[command(flatten)]
        json: Json,
        /// Places at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Changes that wait for confirmation
    Held {
        #[command(subcommand)]
        decision: Option<HeldCommand>,
        #[command(flatten)]
        json: Json,
    },
    /// All profiles and revisions, or the raw pages of one profile
    Export {
        /// ndjson: a profile or a revision per line; csv: a revision per row
        #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
        format: ExportFormat,
        /// History and raw pages of this profile with their proofs and how to check them, as a bundle
        #[arg(long, value_name = "NAME", conflicts_with = "format")]
        evidence: Option<String>,
        /// The new file of --evidence, in tar format [default: standard output]
        #[arg(long, value_name = "FILE", requires = "evidence", value_hint = ValueHint::FilePath)]
        to: Option<PathBuf>,
    },
    /// Copy the database into a file; safe beside a running server
    Backup {
        /// The new file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Put a backup in the place of the database; the server must not run
    Restore {
        /// The backup
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Replace the database that is there
        #[arg(long)]
        force: bool,
    },
    /// Verify the chain of all revisions, their raw pages and the checkpoints
    Verify {
        /// Lines of checkpoints that were kept elsewhere; - is standard input
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        checkpoint: Option<PathBuf>,
    },
    /// Sign the newest link of the chain, to be kept elsewhere
    Checkpoint {
        /// Add the line to this file as well
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        to: Option<PathBuf>,
        /// Only print the public key, in PEM
        #[arg(long, conflicts_with = "to")]
        public_key: bool,
    },
    /// Read all kept pages again with the present reader, and correct history
    Reparse {
        /// Only say what would be corrected
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Erase a profile and everything known of it for good
    Erase {
        /// Username, link or id
        name: String,
        /// Refuse to follow this name again
        #[arg(long)]
        opt_out: bool,
        /// Do not ask; otherwise the answer is read from standard input, and only `y` and `yes` erase
        #[arg(long, short)]
        yes: bool,
    },
    /// Examine configuration, database, network, canaries, clock and disk
    Doctor {
        #[command(flatten)]
        keys: ServeFlags,
    },
    /// Ask the running server how it is
    Healthcheck {
        /// Ask whether it is ready for work, not only alive
        #[arg(long)]
        ready: bool,
        #[command(flatten)]
        keys: ListenFlags,
    },
    /// Sign in to Telegram (MTProto)
    Login {
        /// Take over a Telethon string session from standard input
        #[arg(long)]
        import_telethon: bool,
        #[command(flatten)]
        keys: LoginFlags,
    },
    /// Forget the Telegram session (MTProto)
    Logout {
        #[command(flatten)]
        keys: LoginFlags,
    },
    /// Tokens for programs that use the API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Set the admin's password: asks, or reads standard input
    Password {
        /// The admin [default: the configured or only one]
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Output for programs.
#[derive(Debug, Clone, Copy, Args)]
pub struct Json {
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// The followed profiles.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "help texts stand on the commands; arguments and flags speak for themselves")]
pub enum ProfileCommand {
    /// Follow profiles
    Add {
        /// Usernames or t.me links
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        options: AddOptions,
    },
    /// Unfollow profiles and erase everything known of them for good; `pause` keeps their history
    Remove {
        /// Usernames, links or ids
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Do not ask; on a terminal you are asked otherwise, and only `y` and `yes` erase
        #[arg(long, short)]
        yes: bool,
    },
    /// Look at profiles no more, and keep their history
    Pause {
        /// Usernames, links or ids
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Look at paused profiles again
    Resume {
        /// Usernames, links or ids
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Set how much profiles matter: what they get of a request budget that is too small for all
    Priority {
        /// low, normal or high
        priority: super::profile::Level,
        /// Usernames, links or ids
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// List the followed profiles
    List {
        #[command(flatten)]
        json: Json,
    },
    /// Follow all names in a file, one per line or separated by spaces or commas
    Import {
        /// The file; - is standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        options: AddOptions,
    },
}

/// How profiles are followed.
#[derive(Debug, Args)]
pub struct AddOptions {
    /// Follow without asking whether the profile exists
    #[arg(long)]
    pub no_verify: bool,
    /// Why it is followed
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// A fixed time between two looks
    #[arg(long, value_name = "DURATION")]
    pub interval: Option<String>,
    /// How much it matters
    #[arg(long, value_enum, default_value_t = super::profile::Level::Normal)]
    pub priority: super::profile::Level,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the table of the keys documents them")]
    pub keys: TrackFlags,
}

/// Decisions about waiting changes.
#[derive(Debug, Subcommand)]
pub enum HeldCommand {
    /// It is true: write it
    Accept {
        /// Id of the waiting change, a whole surge like surge/emptied:bio, or a drift like drift/scrape/bio
        id: super::held::Which,
    },
    /// It is not: keep the old state until something else is seen
    Reject {
        /// Id of the waiting change, a whole surge like surge/emptied:bio, or a drift like drift/scrape/bio
        id: super::held::Which,
    },
}

/// Tokens.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "help texts stand on the commands; arguments and flags speak for themselves")]
pub enum TokenCommand {
    /// Make a token; standard output is the token and nothing else
    Create {
        /// A name to know it by
        name: String,
        /// How far it reaches; each scope includes the ones before it
        #[arg(long, value_enum, default_value_t = Scope::Read)]
        scope: Scope,
    },
    /// List the tokens; the tokens themselves are not kept
    List {
        #[command(flatten)]
        json: Json,
    },
    /// End a token
    Revoke {
        /// Its name
        name: String,
    },
}

/// Forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object per line
    Ndjson,
    /// A row per revision; cells that a spreadsheet would run are defused
    Csv,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_key_is_a_flag_of_serve() {
        use crate::config::keys::KEYS;
        let mut words = vec!["tgbio".to_owned(), "serve".to_owned()];
        for key in KEYS {
            words.extend([format!("--{}", key.name.replace('_', "-")), "scrape".to_owned()]);
        }
        let cli = Cli::try_parse_from(words).unwrap();
        let Command::Serve { keys } = cli.command else { panic!("not serve") };
        assert_eq!(keys.given.len() + cli.keys.given.len(), KEYS.len());
    }
}
