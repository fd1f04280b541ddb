"""What is wrong with a file and what to write instead, in English and Indonesian: data, not code.

Values in braces come from the problem; ``hint`` is a finished second sentence or empty. Sentences about a file's
form and single values stand here, those about what the files say as a whole in `texts_of_meaning.py`.
"""

from collections.abc import Mapping

from bridge.policy.texts_of_meaning import MEANING
from bridge.policy.types import Language

DID_YOU_MEAN: Mapping[Language, str] = {"en": "Did you mean `{guess}`?", "id": "Maksudnya `{guess}`?"}

TEXTS: Mapping[str, tuple[str, str]] = {
    # The file itself
    "not_found": (
        "This file does not exist. Create it, or give its right path.",
        "Berkas ini tidak ada. Buat berkasnya, atau tulis alamat yang benar.",
    ),
    "not_readable": (
        "This file cannot be read ({detail}). Check its permissions.",
        "Berkas ini tidak bisa dibaca ({detail}). Periksa izin aksesnya.",
    ),
    "not_ours": (
        "This is neither a policy (it has no `forum:`) nor a roster (it has no `persons:`).",
        "Ini bukan kebijakan (tidak ada `forum:`) dan bukan daftar anggota (tidak ada `persons:`).",
    ),
    "too_large": (
        "The file is larger than {limit} MB. A policy or roster never is: check that it is the right file.",
        "Berkas ini lebih besar dari {limit} MB. Periksa apakah ini berkas yang benar.",
    ),
    "not_utf8": (
        "From here on the file is not UTF-8. Save it again with the encoding UTF-8.",
        "Mulai dari sini berkas ini bukan UTF-8. Simpan ulang dengan pengodean UTF-8.",
    ),
    "unprintable": (
        "There is an invisible control character here ({code}). Delete it and type the text again.",
        "Ada karakter kendali yang tidak tampak di sini ({code}). Hapus lalu ketik ulang teksnya.",
    ),
    "empty_file": (
        "The file is empty. Start with `{key}:`; the example in config/ shows how.",
        "Berkas ini kosong. Mulai dengan `{key}:`; contohnya ada di config/.",
    ),
    # YAML
    "tab": (
        "There is a tab here. Indent with spaces, two for each step.",
        "Ada tabulasi di sini. Pakai spasi untuk menjorokkan baris, dua spasi setiap tingkat.",
    ),
    "quote_first": (
        'A text cannot begin with {character} here. Put the whole text in quotes: "{character}...".',
        'Teks di sini tidak boleh diawali {character}. Apit seluruh teks dengan tanda kutip: "{character}...".',
    ),
    "quote_open": (
        "The quotation mark opened here is never closed. Add the closing one.",
        "Tanda kutip yang dibuka di sini tidak pernah ditutup. Tambahkan penutupnya.",
    ),
    "colon_in_text": (
        "This colon is out of place. If it belongs to the text, put the whole text in quotes; "
        "if a new key begins here, give it a line of its own at the right indentation.",
        "Titik dua ini salah tempat. Jika bagian dari teks, apit seluruh teks dengan tanda kutip; "
        "jika ini kunci baru, tulis di baris sendiri dengan jorokan yang benar.",
    ),
    "colon_missing": (
        "A key without a colon. Write `key: value`, with a space after the colon; look at the line above too.",
        "Kunci tanpa titik dua. Tulis `kunci: nilai`, dengan spasi setelah titik dua; "
        "periksa juga baris di atasnya.",
    ),
    "syntax": (
        "This line does not fit here ({detail}). Check the indentation, and the quotes and brackets "
        "of this line and the one above.",
        "Baris ini tidak cocok di sini ({detail}). Periksa jorokan, tanda kutip dan kurung "
        "di baris ini dan baris di atasnya.",
    ),
    "two_documents": (
        "A second document begins here (`---`). Write one document in one file.",
        "Di sini mulai dokumen kedua (`---`). Tulis satu dokumen saja dalam satu berkas.",
    ),
    "tag": (
        "YAML tags such as {tag} are not used here. Delete the tag and write the plain value.",
        "Tag YAML seperti {tag} tidak dipakai di sini. Hapus tag itu dan tulis nilainya saja.",
    ),
    "merge_key": (
        "Merging with `<<` is not used here. Write the lines out.",
        "Penggabungan dengan `<<` tidak dipakai di sini. Tulis baris-barisnya secara lengkap.",
    ),
    "alias_unknown": (
        "`*{name}` refers to nothing finished above it. Write the value itself.",
        "`*{name}` tidak merujuk ke apa pun yang sudah selesai di atasnya. Tulis nilainya langsung.",
    ),
    "too_many": (
        "The file holds more than {limit} values, counting repetitions by `*`. Write it without such repetitions.",
        "Isi berkas lebih dari {limit} nilai, termasuk pengulangan dengan `*`. Tulis tanpa pengulangan itu.",
    ),
    "too_deep": (
        "Nested more than {limit} steps deep. Nothing here needs that: check brackets and indentation.",
        "Bersarang lebih dari {limit} tingkat. Tidak ada yang perlu sedalam itu: periksa kurung dan jorokan.",
    ),
    "key_shape": (
        "A key must be a single word. Write `key: value`.",
        "Kunci harus satu kata. Tulis `kunci: nilai`.",
    ),
    "duplicate_key": (
        "`{key}` is already written in line {line}. Keep one of the two.",
        "`{key}` sudah ditulis di baris {line}. Pertahankan salah satu saja.",
    ),
    "hash_lost": (
        'After a space, # begins a comment, so nothing is written here. Put it in quotes: "{written}".',
        'Setelah spasi, # memulai komentar, jadi di sini tidak ada isi. Apit dengan tanda kutip: "{written}".',
    ),
    # Shape
    "unknown_key": (
        "There is no option `{key}` here. {hint}",
        "Tidak ada pilihan `{key}` di sini. {hint}",
    ),
    "known_keys": ("Possible are: {keys}.", "Yang ada: {keys}."),
    "missing": (
        "`{key}` is missing. Add a line `{key}: ...` here.",
        "`{key}` belum ada. Tambahkan baris `{key}: ...` di sini.",
    ),
    "want_text": (
        "A single text belongs here. Write it on one line, in quotes if it holds special characters.",
        "Di sini harus satu teks. Tulis di satu baris, dengan tanda kutip jika memuat tanda khusus.",
    ),
    "want_list": (
        "A list belongs here. Write `[first, second]`, or one item a line, each begun with `- `.",
        "Di sini harus daftar. Tulis `[satu, dua]`, atau satu butir per baris yang diawali `- `.",
    ),
    "want_mapping": (
        "Keys and values belong here. Write `{keys}: ...` on lines of their own, indented by two spaces.",
        "Di sini harus kunci dan nilai. Tulis `{keys}: ...` di baris sendiri, menjorok dua spasi.",
    ),
    "empty": (
        "The text is empty. Write something, or delete the line.",
        "Teksnya kosong. Isi, atau hapus barisnya.",
    ),
    "too_long": (
        "The text is too long. Use at most {limit} characters.",
        "Teksnya terlalu panjang. Pakai paling banyak {limit} karakter.",
    ),
    "choice": (
        "`{written}` is not possible here. Write one of: {choices}. {hint}",
        "`{written}` tidak bisa dipakai di sini. Tulis salah satu: {choices}. {hint}",
    ),
    "invalid": ("This value cannot be used ({detail}).", "Nilai ini tidak bisa dipakai ({detail})."),
    # Values
    "duration": (
        "`{written}` is not a length of time. Write a whole number and its unit: 90s, 15m, 2h or 14d.",
        "`{written}` bukan lama waktu. Tulis bilangan bulat dan satuannya: 90s (detik), 15m (menit), "
        "2h (jam) atau 14d (hari).",
    ),
    "duration_long": (
        "`{written}` is more than a year. Write 366d or less.",
        "`{written}` lebih dari setahun. Tulis 366d atau kurang.",
    ),
    "period": (
        "`{written}` is not a time for which records are kept. Write a whole number of days or years, as 400d or "
        "5y (at most 100y), or forever.",
        "`{written}` bukan masa simpan. Tulis bilangan bulat dengan satuan hari atau tahun, misalnya 400d (hari) "
        "atau 5y (tahun, paling lama 100y), atau forever (selamanya).",
    ),
    "retention_moved": (
        "`retention` was only words. The bridge now destroys by itself what was kept long enough, and announces "
        "it: write `keep: {{messages: 5y, media: 5y}}` with your times instead, or delete the line, and nothing is "
        "ever destroyed.",
        "`retention` dulu hanya kalimat. Kini bot sendiri yang memusnahkan isi yang habis masa simpannya, dan "
        "mengumumkannya: ganti dengan `keep: {{messages: 5y, media: 5y}}` menurut masa simpan Anda, atau hapus "
        "baris ini, dan tidak ada yang dimusnahkan.",
    ),
    "keep_short": (
        "{written} is too short: nothing that is less than {least} days old is ever destroyed. "
        "Write {least}d or more.",
        "{written} terlalu singkat: isi yang belum berumur {least} hari tidak pernah dimusnahkan. "
        "Tulis {least}d atau lebih.",
    ),
    "keep_media_longer": (
        "Photos and videos cannot be kept longer ({written}) than the messages that say what they show ({other}). "
        "Write {other} or less.",
        "Foto dan video tidak bisa disimpan lebih lama ({written}) daripada pesan yang menerangkannya ({other}). "
        "Tulis {other} atau kurang.",
    ),
    "keep_unposted": (
        "Nothing is destroyed before its weekly summary stands in the audit room, so that with `post_bundle: "
        "false` `keep` could never be done. Write `post_bundle: true`, or keep everything: `messages: forever`.",
        "Tidak ada yang dimusnahkan sebelum rekap pekannya dikirim ke ruang audit, jadi dengan `post_bundle: "
        "false` isi `keep` tidak akan pernah dijalankan. Tulis `post_bundle: true`, atau simpan semuanya: "
        "`messages: forever`.",
    ),
    "size": (
        "`{written}` is not a size. Write a whole number and its unit: 20 kB, 50 MB or 1 GB.",
        "`{written}` bukan ukuran berkas. Tulis bilangan bulat dan satuannya: 20 kB, 50 MB atau 1 GB.",
    ),
    "clock": (
        "`{written}` is not a time of day. Write hours and minutes, as 06:00 or 21:30.",
        "`{written}` bukan jam. Tulis jam dan menit, misalnya 06:00 atau 21:30.",
    ),
    "quiet": (
        "`{written}` are no quiet hours. Write from-to, as 21:00-06:00, or all_day for a whole day, "
        "or off for none.",
        "`{written}` bukan jam tenang. Tulis dari-sampai, misalnya 21:00-06:00, atau all_day untuk sehari penuh, "
        "atau off bila tidak ada.",
    ),
    "quiet_always": (
        "With these hours nothing would ever ring, as no hour of the week is left. Leave some hours of a day out.",
        "Dengan jam ini tidak ada yang pernah berbunyi, karena tidak ada jam yang tersisa dalam sepekan. "
        "Sisakan beberapa jam dalam sehari.",
    ),
    "weekday": (
        "`{written}` is not a weekday. Write monday, tuesday, wednesday, thursday, friday, saturday or sunday.",
        "`{written}` bukan nama hari. Tulis senin, selasa, rabu, kamis, jumat, sabtu atau minggu.",
    ),
    "weekday_twice": (
        "`{written}` stands there twice. Keep one line for the day.",
        "`{written}` tertulis dua kali. Sisakan satu baris untuk hari itu.",
    ),
    "date": (
        "`{written}` is not a day of the calendar. Write year-month-day, as 2026-11-20.",
        "`{written}` bukan tanggal yang ada. Tulis tahun-bulan-hari, misalnya 2026-11-20.",
    ),
    "whole": (
        "`{written}` is not a whole number. Write plain digits, without point, comma or leading zero.",
        "`{written}` bukan bilangan bulat. Tulis angka saja, tanpa titik, koma atau nol di depan.",
    ),
    "flag": (
        "`{written}` is neither true nor false. Write `true` or `false`.",
        "`{written}` bukan true atau false. Tulis `true` (ya) atau `false` (tidak).",
    ),
    "zone": (
        "`{written}` is not a time zone. Write a name such as Asia/Makassar or Europe/London. {hint}",
        "`{written}` bukan zona waktu. Tulis nama seperti Asia/Makassar (WITA), Asia/Jakarta (WIB) "
        "atau Asia/Jayapura (WIT). {hint}",
    ),
    "slug": (
        "`{written}` is not an id. Use small letters, digits and hyphens only, at most 40.",
        "`{written}` bukan id. Pakai huruf kecil, angka dan tanda hubung saja, paling banyak 40.",
    ),
    "who": (
        "`{written}` is neither a role nor the id of a person. Write a role such as leader, or an id.",
        "`{written}` bukan peran dan bukan id orang. Tulis peran seperti leader, atau id.",
    ),
    "letter": (
        "`{written}` is not a letter for numbers. Write one or two capitals, as P.",
        "`{written}` bukan huruf nomor. Tulis satu atau dua huruf besar, misalnya P.",
    ),
    "hashtag": (
        '`{written}` is not a hashtag. Write # and one word, in quotes: "#emergency".',
        '`{written}` bukan tagar. Tulis # dan satu kata, dengan tanda kutip: "#darurat".',
    ),
    "user_id": (
        '`{written}` is not a Matrix user id. Write "@name:server" in quotes.',
        '`{written}` bukan akun Matrix. Tulis "@nama:server" dengan tanda kutip.',
    ),
    **MEANING,
    # Warnings
    "unit_headless": (
        "Nobody heads this unit, so nobody answers directives to it. Add an office when there is a head.",
        "Unit ini belum punya kepala, jadi perintah kepadanya tidak terjawab. Tambahkan jabatannya bila sudah ada.",
    ),
    "two_heads": (
        "`{other}` (line {line}) heads this unit on some of the same days. End the one, or write `acting: true`.",
        "`{other}` (baris {line}) memimpin unit ini pada hari yang sama. Akhiri salah satu, "
        "atau tulis `acting: true`.",
    ),
    "person_idle": (
        "`{written}` holds no office, so is no member. Add an office, or leave it so.",
        "`{written}` tidak memegang jabatan, jadi bukan anggota. Tambahkan jabatan, atau biarkan.",
    ),
    # The check command
    "check_ok": ("{file}: all right. {detail}", "{file}: benar. {detail}"),
    "check_count": (
        "{errors} to mend, {warnings} to look at.",
        "{errors} harus diperbaiki, {warnings} perlu dilihat.",
    ),
    "check_roster": (
        "{units} units, {persons} persons, {offices} offices.",
        "{units} unit, {persons} orang, {offices} jabatan.",
    ),
    "check_policy": ("Forum: {name}. Stage at start: {stage}.", "Forum: {name}. Tahap awal: {stage}."),
    "check_warning": ("to look at: {text}", "perlu dilihat: {text}"),
    "no_files": (
        "There is neither policy.yaml nor roster.yaml in this directory. Give the directory that holds them.",
        "Di direktori ini tidak ada policy.yaml maupun roster.yaml. Tulis direktori yang memuatnya.",
    ),
    # Differences between two configurations
    "person_joins": ("{name} becomes a member: {after}.", "{name} menjadi anggota: {after}."),
    "person_leaves": (
        "{name} is no longer a member (was: {before}).",
        "{name} bukan anggota lagi (tadinya: {before}).",
    ),
    "office_changed": ("{name}: {before} becomes {after}.", "{name}: {before} menjadi {after}."),
    "person_renamed": ("{before} is now called {after}.", "{before} sekarang bernama {after}."),
    "account_added": ("{name} has the account {after}.", "{name} memakai akun {after}."),
    "account_removed": (
        "{name} no longer has the account {before}.",
        "{name} tidak lagi memakai akun {before}.",
    ),
    "unit_added": ("New unit: {after}.", "Unit baru: {after}."),
    "unit_removed": ("Unit removed: {before}.", "Unit dihapus: {before}."),
    "unit_changed": ("Unit {name}: {before} becomes {after}.", "Unit {name}: {before} menjadi {after}."),
    "rule_changed": ("{name}: {before} becomes {after}.", "{name}: {before} menjadi {after}."),
    "acting": ("acting", "Plt."),
}


def one_line(written: str) -> str:
    """What was written, without the breaks that a text over several lines or a quoted ``\\n`` brings in."""
    return " ".join(written.splitlines())


def sentence(key: str, values: Mapping[str, str], lang: Language) -> str:
    """The text of a message key with its values filled in.

    A value ``guess`` becomes the sentence "Did you mean ...?" and ``otherwise`` names the message used without one.
    """
    filled = {name: one_line(value) for name, value in values.items()}
    if "guess" in values:
        filled["hint"] = DID_YOU_MEAN[lang].format(guess=filled["guess"])
    elif "otherwise" in values:
        filled["hint"] = sentence(values["otherwise"], {k: v for k, v in values.items() if k != "otherwise"}, lang)
    filled.setdefault("hint", "")
    english, indonesian = TEXTS[key]
    return (english if lang == "en" else indonesian).format_map(filled).strip()
