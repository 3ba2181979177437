"""The policy of access: who may do what, to whose customers, and which fields they see. Pure, deny by default.

`rights` says what each role may do and how far, `rows` whom that reaches, `fields` what is seen of them, `masking` how
an answer looks then. Everything that shows something asks here: the API, pages, reports, exports.
"""
