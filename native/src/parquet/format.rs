//! What a table's files hold, as the table registry says.

/// Type of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Int,
    Long,
    Double,
    Boolean,
    Text,
    Binary,
    Map,
    DoubleList,
    LongList,
}

/// How values are written when there is a choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Plain,
    Dictionary,
    Delta,
}

pub struct ColumnFormat {
    pub name: String,
    pub kind: Kind,
    pub is_nullable: bool,
    pub encoding: Encoding,
    pub has_statistics: bool,
}

pub struct TableFormat {
    pub columns: Vec<ColumnFormat>,
    /// Rows of a row group at most.
    pub row_group: usize,
    pub zstd_level: i32,
}

/// Parquet's type of a leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Physical {
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
}

impl ColumnFormat {
    /// `kind` is a column type of the registry, `encoding` one of `plain`, `dictionary`, `delta`.
    pub fn new(
        name: String,
        kind: &str,
        is_nullable: bool,
        encoding: &str,
        has_statistics: bool,
    ) -> Result<Self, String> {
        let kind = match kind {
            "int" => Kind::Int,
            "bigint" => Kind::Long,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "string" => Kind::Text,
            "binary" => Kind::Binary,
            "map" => Kind::Map,
            "list<double>" => Kind::DoubleList,
            "list<bigint>" => Kind::LongList,
            other => return Err(format!("column {name}: unknown type {other}")),
        };
        let encoding = match encoding {
            "plain" => Encoding::Plain,
            "dictionary" => Encoding::Dictionary,
            "delta" if kind == Kind::Long => Encoding::Delta,
            other => return Err(format!("column {name}: encoding {other} does not fit its type")),
        };
        if is_nullable && matches!(kind, Kind::Map | Kind::DoubleList | Kind::LongList) {
            return Err(format!("column {name}: maps and lists cannot be null"));
        }
        Ok(ColumnFormat { name, kind, is_nullable, encoding, has_statistics })
    }

    /// Type of the column's leaves; a map has two of the same.
    pub fn physical(&self) -> Physical {
        match self.kind {
            Kind::Int => Physical::Int32,
            Kind::Long | Kind::LongList => Physical::Int64,
            Kind::Double | Kind::DoubleList => Physical::Double,
            Kind::Boolean => Physical::Boolean,
            Kind::Text | Kind::Binary | Kind::Map => Physical::ByteArray,
        }
    }

    /// Names between the column's and the leaf's own, leaf by leaf.
    pub fn leaf_paths(&self) -> &'static [&'static [&'static str]] {
        match self.kind {
            Kind::Map => &[&["key_value", "key"], &["key_value", "value"]],
            Kind::DoubleList | Kind::LongList => &[&["list", "element"]],
            _ => &[&[]],
        }
    }
}
