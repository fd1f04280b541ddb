"""Whom an order is for, in the words that people type: abbreviations, slips, copies to others, exceptions."""

from __future__ import annotations

import pytest

from tests.forum.test_addressing import said

INDONESIAN = (
    ("mohon rekan2 camat segera lapor", "/subdistrict"),
    ("rekan-rekan camat mohon hadir", "/subdistrict"),
    ("rekan camat sekalian, cek wilayah masing2", "/subdistrict"),
    ("utk OPD terkait mohon tindak lanjut", "?OPD terkait"),
    ("dinas2 teknis segera merapat", "?dinas2 teknis"),
    ("OPD teknis kumpul di posko", "?OPD teknis"),
    ("para camat kecuali camat Lilirilau", "/subdistrict -lilirilau"),
    ("seluruh camat hadir, kecuali camat Lilirilau", "/subdistrict -lilirilau"),
    ("semua kecuali DLH lapor sore ini", "* -dlh"),
    ("semua kecuali camat Citta", "* -citta"),
    ("semua OPD kcuali Dinkes", "* -kesehatan"),
    ("PU & DLH turun sekarang", "pupr dlh"),
    ("Dishub & Satpol PP atur lalu lintas", "perhubungan satpol"),
    ("PUPR + DLH cek drainase", "pupr dlh"),
    ("Kadis Kesehatan siapkan ambulans", "kesehatan"),
    ("Bu Kadis Kesehatan tolong cek", "kesehatan"),
    ("Pak Kadis PU jembatannya dicek", "pupr"),
    ("Bu Kadis tolong kirim datanya", "?Kadis"),
    ("bapak/ibu camat sekalian mohon datanya", "/subdistrict"),
    ("bapak ibu camat sekalian mohon data", "/subdistrict"),
    ("bpk/ibu kadis sekalian hadir", "*"),
    ("Yth. Camat Citta", "citta"),
    ("yth kadis DLH", "dlh"),
    ("Yth. Bapak/Ibu Kepala OPD", "*"),
    ("Kepada Yth. para Camat", "/subdistrict"),
    ("DLH angkut sampah di pasar, cc Satpol PP", "dlh"),
    ("Dinkes turun ke Citta, tembusan BPBD", "kesehatan"),
    ("DLH bersihkan. Cc: Satpol PP", "dlh"),
    ("Dishub pasang rambu, tembusan kpd Camat Ganra", "perhubungan"),
    ("DLH koordinasi dengan Satpol PP", "dlh"),
    ("Camat Citta berkoordinasi dgn Dinsos", "citta"),
    ("PU koordinasi sama BPBD ya", "pupr"),
    ("Dinkes koord dgn RSUD", "kesehatan"),
    ("Dishub berkordinasi dengan Satpol PP", "perhubungan"),
    ("smua OPD", "*"),
    ("seluruh dinas/badan", "*"),
    ("sluruh camat", "/subdistrict"),
    ("segenap pimpinan OPD", "*"),
    ("para kadis", "*"),
    ("seluruh camat dan OPD", "* /subdistrict"),
    ("dinkes, dinsos dan bpbd turun", "kesehatan sosial bpbd"),
    ("Dinkes/Dinsos siapkan logistik", "kesehatan sosial"),
    ("tlg DLH n PU", "dlh pupr"),
    ("utk camat Citta saja", "citta"),
    ("khusus Dinkes", "kesehatan"),
    ("khususnya camat Ganra", "ganra"),
    ("DLH sm PU bersihkan", "dlh pupr"),
    ("mhn kadis PUPR", "pupr"),
    ("kadinkes turun", "kesehatan"),
    ("kadinsos data warga", "sosial"),
    ("kaban BPBD siaga", "bpbd"),
    ("kalaksa BPBD siaga", "bpbd"),
    ("dirut RSUD siapkan", "rsud"),
)
ENGLISH = (
    ("Public Works & Fire, clear the road", "works fire"),
    ("All departments except Parks report by noon", "* -parks"),
    ("Fire: check hydrants, cc Health", "fire"),
    ("Parks, coordinate with Public Works", "parks"),
    ("all ward managers", "/subdistrict"),
    ("Health and Fire please respond", "health fire"),
    ("Attn: Public Works", "works"),
    ("All dept heads report", "*"),
    ("North Ward and Harbour Ward send pictures", "north harbour"),
    ("Health, copy Fire", "health"),
    ("Public Works + Parks clean the square", "works parks"),
)


@pytest.mark.parametrize(("text", "whom"), INDONESIAN)
def test_indonesian_as_it_is_typed(text: str, whom: str) -> None:
    """A copy ("cc", "tembusan") and a companion ("koordinasi dengan") are not who shall do it."""
    assert said(text) == whom


@pytest.mark.parametrize(("text", "whom"), ENGLISH)
def test_english_as_it_is_typed(text: str, whom: str) -> None:
    assert said(text, "en") == whom
