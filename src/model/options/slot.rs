//! Where the values of the flags go that matter here.

use crate::model::{Given, ListSetting, Setting, csv};
use crate::source::Provenance;
use crate::text::{Located, Origin, Text};

use super::Options;
use super::paths::Paths;
use super::values::boolean;

/// Where a flag's value goes.
pub(super) enum Slot<'a> {
    Text(&'a mut Setting<String>),
    List(&'a mut ListSetting),
    Boolean(&'a mut Setting<bool>),
}

/// Where the value of a flag goes that matters here, and the flag's name.
pub(super) fn slot<'a>(options: &'a mut Options, paths: &'a mut Paths, name: &str) -> Option<(&'static str, Slot<'a>)> {
    if let Some((name, setting)) = paths.setting(name) {
        return Some((name, Slot::Text(setting)));
    }
    Some(match name {
        "requestheader-allowed-names" => {
            ("requestheader-allowed-names", Slot::List(&mut options.requestheader_allowed_names))
        }
        "requestheader-username-headers" => {
            ("requestheader-username-headers", Slot::List(&mut options.requestheader_username_headers))
        }
        "requestheader-uid-headers" => {
            ("requestheader-uid-headers", Slot::List(&mut options.requestheader_uid_headers))
        }
        "requestheader-group-headers" => {
            ("requestheader-group-headers", Slot::List(&mut options.requestheader_group_headers))
        }
        "requestheader-extra-headers-prefix" => {
            ("requestheader-extra-headers-prefix", Slot::List(&mut options.requestheader_extra_headers_prefix))
        }
        "enable-aggregator-routing" => {
            ("enable-aggregator-routing", Slot::Boolean(&mut options.enable_aggregator_routing))
        }
        "anonymous-auth" => ("anonymous-auth", Slot::Boolean(&mut options.anonymous_auth)),
        "controllers" => ("controllers", Slot::List(&mut options.controllers)),
        "authorization-mode" => ("authorization-mode", Slot::List(&mut options.authorization_mode)),
        "authorization-config" => ("authorization-config", Slot::Text(&mut options.authorization_config)),
        _ => return None,
    })
}

impl Slot<'_> {
    /// What `Set` of the flag's type does: of single values the last one counts, lists grow.
    pub(super) fn set(self, value: &Text, opaque: bool, flag: &Origin, provenance: Provenance) {
        let given = |origin: Origin| (origin, flag.clone(), provenance);
        match self {
            Self::Text(setting) if opaque => *setting = Setting::Opaque(value.to_located()),
            Self::Boolean(setting) if opaque => *setting = Setting::Opaque(value.to_located()),
            Self::List(setting) if opaque => *setting = Setting::Opaque(value.to_located()),
            Self::Text(setting) => {
                *setting = Setting::Given(Given::new(value.as_str().to_owned(), given(value.origin())));
            }
            Self::Boolean(setting) => {
                let on = boolean(value.as_str()).unwrap_or_default();
                *setting = Setting::Given(Given::new(on, given(value.origin())));
            }
            Self::List(setting) => {
                // What does not parse was refused before (`values::refusal`).
                let Ok(entries) = csv::read_record(value) else { return };
                match setting {
                    Setting::Absent => *setting = Setting::Given(Given::new(entries, given(value.origin()))),
                    Setting::Given(list) => {
                        list.value.value.extend(entries);
                        list.flag = flag.clone();
                    }
                    // One part of the list is unknown, so all of it is.
                    Setting::Opaque(_) => {}
                }
            }
        }
    }
}

impl<T> Given<T> {
    fn new(value: T, (origin, flag, provenance): (Origin, Origin, Provenance)) -> Self {
        Self { value: Located::new(value, origin), flag, provenance }
    }
}
