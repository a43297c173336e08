//! What a component that starts logs about this matter.

use super::Start;
use crate::kubernetes::KubernetesVersion;
use crate::model::UnknownFlag;
use crate::model::headers::equal_fold;
use crate::text::Located;

impl Start<'_> {
    /// What `RequestHeaderAuthenticationOptions.Validate` logs, and flags that upstream's server would not take.
    pub(super) fn warnings(&self) -> Vec<Located<String>> {
        let options = &self.setup.options;
        let component = self.setup.invocation.component.name();
        let headers = [
            ("requestheader-username-headers", &options.requestheader_username_headers, "X-Remote-User", "header"),
            ("requestheader-group-headers", &options.requestheader_group_headers, "X-Remote-Group", "header"),
            (
                "requestheader-extra-headers-prefix",
                &options.requestheader_extra_headers_prefix,
                "X-Remote-Extra-",
                "header prefix",
            ),
        ];
        let nonstandard = headers.into_iter().filter_map(|(flag, setting, standard, what)| {
            let entries = setting.entries().filter(|entries| !entries.is_empty())?;
            if entries.iter().any(|entry| equal_fold(entry, standard)) {
                return None;
            }
            let message = format!(
                "--{flag} is set without specifying the standard {standard} {what} - API aggregation will not work"
            );
            Some(Located::new(message, setting.origin()?.clone()))
        });
        let foreign = options.foreign.iter().map(|flag| {
            let message = format!(
                "{} is no flag of {component} up to {}, which would not start with it",
                flag.value,
                KubernetesVersion::NEWEST
            );
            Located::new(message, flag.origin.clone())
        });
        let of_other_versions = options.of_other_versions.iter().map(|UnknownFlag { flag, other_version, .. }| {
            let when = other_version.as_deref().unwrap_or_default();
            let message = format!("{} is a flag of {component} {when}; others do not start with it", flag.value);
            Located::new(message, flag.origin.clone())
        });
        nonstandard.chain(foreign).chain(of_other_versions).collect()
    }
}
