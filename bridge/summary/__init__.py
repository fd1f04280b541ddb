"""The week: collect -> one Week -> records, CSV, workbook, HTML; bundle, sign, verify."""
