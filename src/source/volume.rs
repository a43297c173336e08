//! The volumes of a Pod that are no directories of its host.

use super::expression::has_expression;
use crate::text::Located;

/// A volume where a container has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedVolume {
    pub name: String,
    pub source: VolumeSource,
    /// What of it is mounted.
    pub sub_path: Option<String>,
}

/// Where files of a volume come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VolumeSource {
    /// Empty when the Pod starts.
    Empty,
    Secret(Projection),
    ConfigMap(Projection),
    /// Several of these in one directory; the token and the CA of a ServiceAccount too.
    Projected(Vec<VolumeSource>),
    /// The Pod has no volume of this name.
    Undeclared,
    Other,
}

/// The keys of a Secret or ConfigMap as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    pub object: Located<String>,
    /// Key and file name; empty: every key under its own name.
    pub items: Vec<(String, String)>,
    /// The Pod starts without the object, or without a key that is listed.
    pub optional: bool,
}

/// A key of an object that a file of a volume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFile<'a> {
    /// `Secret` or `ConfigMap`.
    pub kind: &'static str,
    pub name: &'a str,
    pub key: String,
}

/// What a file of a volume may be.
#[derive(Debug, PartialEq, Eq)]
pub enum Candidate<'a> {
    Object(ObjectFile<'a>),
    /// Of a volume that is empty at the start.
    Empty,
    /// Why it is not known.
    Unknown(String),
}

impl MountedVolume {
    /// What the container has at a path below the place of the mount: the first that is there counts. None: the volume shows
    /// other files only.
    pub fn candidates(&self, rest: &str) -> Vec<Candidate<'_>> {
        self.source.candidates(&self.within(rest), &self.name)
    }

    /// The one object that can give it, whatever that holds.
    pub fn object(&self, rest: &str) -> Option<ObjectFile<'_>> {
        match <[_; 1]>::try_from(self.candidates(rest)) {
            Ok([Candidate::Object(file)]) => Some(file),
            _ => None,
        }
    }

    /// The same volume where a directory of it is shown.
    pub(super) fn shown_at(&self, rest: &str) -> Self {
        Self { sub_path: Some(self.within(rest)).filter(|path| !path.is_empty()), ..self.clone() }
    }

    fn within(&self, rest: &str) -> String {
        match &self.sub_path {
            Some(sub_path) if rest.is_empty() => sub_path.clone(),
            Some(sub_path) => format!("{sub_path}/{rest}"),
            None => rest.to_owned(),
        }
    }
}

impl VolumeSource {
    /// Kind and name of each object that it shows.
    pub(crate) fn objects(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Secret(projection) => vec![("Secret", projection.object.value.as_str())],
            Self::ConfigMap(projection) => vec![("ConfigMap", projection.object.value.as_str())],
            Self::Projected(sources) => sources.iter().flat_map(Self::objects).collect(),
            Self::Empty | Self::Undeclared | Self::Other => Vec::new(),
        }
    }

    fn candidates(&self, path: &str, volume: &str) -> Vec<Candidate<'_>> {
        let unknown = |why: String| vec![Candidate::Unknown(why)];
        match self {
            Self::Empty => vec![Candidate::Empty],
            Self::Secret(projection) => projection.file(path, "Secret").into_iter().collect(),
            Self::ConfigMap(projection) => projection.file(path, "ConfigMap").into_iter().collect(),
            // The last one counts (k8s.io/kubernetes pkg/volume/projected/projected.go, `collectData`). A token and the like
            // have paths of their own.
            Self::Projected(sources) => {
                let sure = sources.iter().rposition(|source| source.surely_has(path));
                let counting = sources.iter().skip(sure.unwrap_or(0)).rev();
                let mut found: Vec<_> = counting.flat_map(|source| source.candidates(path, volume)).collect();
                found.retain(|one| sure.is_none() || !matches!(one, Candidate::Unknown(_)));
                found.sort_by_key(|one| matches!(one, Candidate::Unknown(_)));
                found
            }
            Self::Undeclared => unknown(format!("the volume {volume} is not among the objects")),
            Self::Other => unknown("it is in a volume that holds no object".to_owned()),
        }
    }
}

impl VolumeSource {
    /// Whether the Pod does not start without a file there: what stands before it does not count, and what other sources
    /// are has paths of its own.
    fn surely_has(&self, path: &str) -> bool {
        match self {
            Self::Secret(projection) | Self::ConfigMap(projection) => {
                let lists = |(_, listed): &(String, String)| listed == path && !has_expression(listed);
                !projection.optional && projection.items.iter().any(lists)
            }
            _ => false,
        }
    }
}

impl Projection {
    /// Of the keys the kubelet shows those that are listed, where some are (k8s.io/api, `KeyToPath`).
    fn file(&self, path: &str, kind: &'static str) -> Option<Candidate<'_>> {
        let is_it = |listed: &str| listed == path || has_expression(listed) || has_expression(path);
        let key = match self.items.iter().find(|(_, listed)| is_it(listed)) {
            Some((_, listed)) if has_expression(listed) => {
                return Some(Candidate::Unknown("a template names the path".to_owned()));
            }
            Some((key, _)) => key.clone(),
            None if self.items.is_empty() => path.to_owned(),
            None => return None,
        };
        Some(Candidate::Object(ObjectFile { kind, name: &self.object.value, key }))
    }
}
