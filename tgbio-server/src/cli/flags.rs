//! The keys of the configuration as flags of commands.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use crate::config::keys::{KEYS, Key, Nature};

/// The flags of the keys in these groups, with what was given.
#[derive(Debug, Clone, Default)]
pub struct KeyFlags<const GROUPS: u8> {
    /// Names and texts of the flags that were given.
    pub given: Vec<(String, String)>,
}

fn keys_of(groups: u8) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.groups & groups != 0)
}

fn names_of(groups: u8) -> impl Iterator<Item = String> {
    keys_of(groups).flat_map(Key::names)
}

/// Flags of all commands may stand before and after the command's name.
fn is_global(key: &Key) -> bool {
    key.groups & crate::config::keys::group::ALL != 0
}

fn flag(key: &Key) -> Arg {
    let mut arg = Arg::new(key.name)
        .long(key.name.replace('_', "-"))
        .value_name(key.value_name)
        .help(help(key))
        .global(is_global(key))
        .action(ArgAction::Set)
        .help_heading("Configuration (each also as TGBIO_NAME and in tgbio.toml)");
    arg = match key.nature {
        Nature::Switch => arg.num_args(0..=1).default_missing_value("true"),
        _ => arg,
    };
    match key.name {
        "database" => arg.value_hint(ValueHint::FilePath),
        "backend" => arg.value_parser(PossibleValuesParser::new(["scrape", "mtproto", "auto"])),
        _ => arg,
    }
}

fn help(key: &Key) -> String {
    if key.default.is_empty() {
        key.help.to_owned()
    } else {
        format!("{} [default: {}]", key.help, key.default)
    }
}

fn file_flag(key: &Key) -> Arg {
    Arg::new(format!("{}_file", key.name))
        .long(format!("{}-file", key.name.replace('_', "-")))
        .value_name("FILE")
        .help(format!("File that holds --{}", key.name.replace('_', "-")))
        .value_hint(ValueHint::FilePath)
        .help_heading("Configuration (each also as TGBIO_NAME and in tgbio.toml)")
}

impl<const GROUPS: u8> Args for KeyFlags<GROUPS> {
    fn augment_args(mut command: Command) -> Command {
        for key in keys_of(GROUPS) {
            command = command.arg(flag(key));
            if key.nature == Nature::Secret {
                command = command.arg(file_flag(key));
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const GROUPS: u8> FromArgMatches for KeyFlags<GROUPS> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |name: String| {
            let value = matches.try_get_one::<String>(&name).ok().flatten()?.clone();
            Some((name, value))
        };
        Ok(Self { given: names_of(GROUPS).filter_map(text).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
