"""A city whose records go wrong in other ways than the demo's, to try linkage on.

Names of many languages with the errors that each language brings (marks, spellings,
order, second names, short forms), people on no register, twins, relatives' numbers.
Everything is invented. Written as the feeds of a hospital's A&E departments and a GP
register, so that the whole of `models/identity` reads it.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

TODAY = date(2025, 3, 31)
MARKS = str.maketrans("ąćęłńóśźżäöüßéèëçñáíúøåšžč", "acelnoszzaouseeecnaiuoaszc")


@dataclass(frozen=True)
class Origin:
    """Names of one origin, and how often each thing goes wrong with them.

    code: NHS ethnic category. share: of families. swapped, spelling, second, short,
    prefix, marks: shares of records in which names are in the other order, spelled
    another way, with or without a second name, in a short form, with or without
    Mohammed, or with marks. married: share of women who have changed their surname.
    """

    code: str
    share: float
    male: tuple[str, ...]
    female: tuple[str, ...]
    surnames: tuple[str, ...]
    swapped: float = 0.002
    spelling: float = 0.01
    second: float = 0.02
    short: float = 0.01
    prefix: float = 0.0
    marks: float = 0.0
    double: float = 0.01
    married: float = 0.2


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _made(stems: str, endings: str) -> tuple[str, ...]:
    return tuple(s + e for e in endings.split() for s in stems.split())


_BRITISH = _made(
    "Ash Black Brad Brook Burn Cold Cot Cross Den East Fair Green Had Hart High Holl "
    "Kirk Lang Long Mid New North Oak Pem Rad Red Sand Shep Stan Sut Thorn Wal West "
    "Whit Win Wood",
    "ton ley worth field ham by shaw well wood dale den croft land man son er",
)
ORIGINS = (
    Origin(
        "A",
        0.60,
        _words(
            "John David Michael James Robert William Thomas Peter Paul Mark Andrew "
            "Stephen Richard Christopher Daniel Matthew Joseph Samuel Jack Harry "
            "George "
            "Oliver Charlie Alfie Jacob Noah Leo Theo Arthur Henry Max Liam Ryan Ethan "
            "Luke Adam Benjamin Jonathan Timothy Edward Alexander Nicholas"
        ),
        _words(
            "Margaret Mary Jean Patricia Barbara Susan Elizabeth Jennifer Sarah Emma "
            "Rebecca Catherine Helen Claire Victoria Samantha Jessica Charlotte Emily "
            "Olivia Amelia Sophie Chloe Grace Lucy Ella Mia Lily Isabella Evie Poppy "
            "Ruby Ava Freya Hannah Megan Molly Bethany Katie Holly Abigail"
        ),
        (*("Smith", "Jones", "Taylor", "Brown", "Wilson") * 5, *_BRITISH),
        short=0.05,
        spelling=0.004,
        married=0.3,
    ),
    Origin(
        "J",
        0.11,
        _words(
            "Imran Asif Zahid Tariq Khalid Shahid Usman Bilal Hamza Ibrahim Yusuf Omar "
            "Adeel Faisal Nadeem Rashid Amir Zain Haris Saqib Kashif Waqas Junaid "
            "Rizwan "
            "Ali Ahmed Hassan Hussain Zeeshan Kamran Mohammed"
        ),
        _words(
            "Fatima Aisha Zainab Maryam Nazia Shazia Saima Rukhsana Nasreen Shabana "
            "Amina Khadija Sana Hira Iqra Noor Yasmin Farah Rabia Samina Tahira "
            "Kulsoom "
            "Safia Razia Naseem Uzma Bushra Parveen Halima Sumaira"
        ),
        _words(
            "Khan Hussain Ahmed Ali Akhtar Mahmood Iqbal Hassan Malik Shah Rashid "
            "Mirza "
            "Chaudhry Butt Sheikh Aslam Bashir Rafiq Saleem Qureshi Ashraf Riaz Javed "
            "Rehman Siddiqui Rahman Mehmood"
        ),
        swapped=0.03,
        spelling=0.06,
        second=0.05,
        prefix=0.35,
        married=0.1,
    ),
    Origin(
        "K",
        0.05,
        _words(
            "Abdul Kamal Rahim Shahin Jamal Nurul Faruk Rafiqul Shafiqul Mizan Anwar "
            "Habib Salim Delwar Ashraful Tariqul Ziaur Mahbub Shamim Ripon"
        ),
        _words(
            "Rahima Salma Nasima Shirin Rokeya Hasina Ayesha Sultana Taslima Farzana "
            "Nargis Rehana Shahida Jahanara Momtaz Rubina Fahima Laila"
        ),
        _words("Miah Uddin Rahman Islam Hossain Choudhury Ali Begum Khatun Alam"),
        swapped=0.03,
        spelling=0.08,
        second=0.06,
        prefix=0.4,
        married=0.0,
    ),
    Origin(
        "H",
        0.08,
        _words(
            "Rajesh Amit Sanjay Vijay Suresh Harpreet Gurpreet Jaswinder Balbir Manjit "
            "Ravi Anil Deepak Arjun Rohan Kiran Mohan Ashok Nikhil Sukhdev Karan"
        ),
        _words(
            "Priya Anita Sunita Meena Harjit Jasbir Manpreet Simran Kavita Neha Pooja "
            "Rekha Surinder Kamaljit Asha Usha Divya Anjali Geeta Lakshmi Baljit"
        ),
        _words(
            "Patel Singh Kaur Sharma Gill Shah Desai Mistry Kumar Sandhu Dhillon Sidhu "
            "Mehta Joshi Bains Grewal Chohan Parmar Solanki Rai Gupta Verma Nair"
        ),
        swapped=0.015,
        spelling=0.05,
        second=0.08,
        double=0.05,
    ),
    Origin(
        "C",
        0.06,
        _words(
            "Piotr Krzysztof Andrzej Tomasz Marcin Paweł Michał Jan Łukasz Jakub Marek "
            "Grzegorz Mateusz Wojciech Mariusz Dariusz Zbigniew Jürgen José Zoltán"
        ),
        _words(
            "Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Ewa Elżbieta Zofia "
            "Joanna Magdalena Monika Aleksandra Karolina Beata Dorota Zoë Inés"
        ),
        (
            *_made(
                "Now Kowal Wiśni Wojcieck Kamiń Lewand Zieliń Szymań Woźni Dąbr "
                "Kozłow Jan "
                "Mazur Kwiatk Krawcz Piotrk Grabow Zając",
                "ski ak czyk owicz",
            ),
            "Müller",
            "Núñez",
            "Ionescu",
            "Horváth",
            "Söderström",
        ),
        swapped=0.01,
        spelling=0.015,
        short=0.02,
        marks=0.5,
        double=0.03,
        married=0.4,
    ),
    Origin(
        "N",
        0.06,
        _words(
            "Kwame Kofi Emeka Chidi Tunde Segun Tendai Themba Dawit Abdullahi Musa "
            "Mamadou Emmanuel Blessing Farai Joseph Ibrahim"
        ),
        _words(
            "Ama Akosua Ngozi Chioma Funmi Yetunde Rudo Chipo Nomsa Selam Hiwot Hodan "
            "Fadumo Aminata Grace Precious Mercy Joy Esther"
        ),
        _words(
            "Mensah Osei Boateng Owusu Okafor Okeke Adeyemi Adebayo Eze Nwosu Moyo "
            "Ncube Dube Sibanda Banda Phiri Tesfaye Abebe Haile Mohamed Abdi Yusuf "
            "Diallo Kamara Sesay Conteh"
        ),
        swapped=0.02,
        spelling=0.02,
        second=0.08,
    ),
    Origin(
        "R",
        0.04,
        _words("Wei Jun Ming Hao Jian Lei Tao Chun Kai Yong Feng Zhen Bo Xin Yi"),
        _words("Mei Ying Xiu Fang Yan Jing Hui Min Xia Qian Yu Ling Wing"),
        _words(
            "Chen Wang Li Zhang Liu Yang Huang Wu Zhou Xu Chan Wong Leung Cheung "
            "Lau Ng "
            "Ho Lam Tang Cheng Lin Zhao Sun Ma Zhu Guo"
        ),
        swapped=0.06,
        spelling=0.01,
        second=0.03,
        married=0.0,
    ),
)
# One spelling for another, wherever it occurs in a name.
SPELLINGS = (
    ("Mohammed", "Muhammad"),
    ("ss", "s"),
    ("ai", "ay"),
    ("oo", "u"),
    ("ee", "i"),
    ("kshm", "xm"),
    ("w", "v"),
    ("q", "k"),
    ("ou", "u"),
    ("au", "ow"),
    ("ph", "f"),
    ("ha", "a"),
    ("ed", "ad"),
    ("eh", "ah"),
    ("y", "i"),
    ("sh", "s"),
    ("um", "am"),
    ("ii", "i"),
    ("ck", "k"),
    ("Zh", "Ch"),
    ("ie", "y"),
)
SHORTS = dict(
    pair.split("=")
    for pair in _words(
        "William=Bill Robert=Bob Richard=Dick James=Jim John=Jack Thomas=Tom "
        "Michael=Mike Edward=Ted Stephen=Steve Andrew=Andy Christopher=Chris "
        "Matthew=Matt Daniel=Dan Joseph=Joe Samuel=Sam Benjamin=Ben Nicholas=Nick "
        "Alexander=Alex Timothy=Tim Margaret=Peggy Elizabeth=Liz Patricia=Pat "
        "Susan=Sue Catherine=Kate Jennifer=Jenny Victoria=Vicky Rebecca=Becky "
        "Samantha=Sam Jessica=Jess Charlotte=Lottie Isabella=Bella Abigail=Abi "
        "Katarzyna=Kasia Małgorzata=Gosia Krzysztof=Krzys Aleksandra=Ola"
    )
)


@dataclass
class Person:
    """A true person, as the register has them."""

    number: int
    origin: Origin
    forename: str
    surname: str
    sex: int
    birth: date
    postcode: str
    nhs_number: str
    second: str = ""
    former_surname: str = ""
    former_postcode: str = ""
    is_registered: bool = True
    family: list["Person"] = field(default_factory=list)


def nhs_number(serial: int) -> str | None:
    """A test number (it begins with 999), or None when it has no check digit."""
    digits = f"999{serial:06d}"
    check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11) % 11
    return None if check == 10 else f"{digits}{check}"


def _numbers(rng: random.Random) -> Iterator[str]:
    serials = list(range(1_000_000))
    rng.shuffle(serials)
    return (number for serial in serials if (number := nhs_number(serial)))


def _skewed(rng: random.Random, pool: tuple[str, ...]) -> str:
    return pool[int(len(pool) * rng.random() ** 1.7)]


def _birth(rng: random.Random, low: int, high: int) -> date:
    return TODAY - timedelta(days=int(rng.uniform(low, high) * 365.25))


def people(count: int, seed: int, off_register: float = 0.1) -> list[Person]:
    """A city of about `count` people in families, with twins."""
    rng = random.Random(seed)
    numbers = _numbers(rng)
    found: list[Person] = []
    streets = max(count // 12, 10)
    weights = [origin.share for origin in ORIGINS]

    def postcode() -> str:
        street = rng.randrange(streets)
        return (
            f"LS{street // 400 + 1} {street // 40 % 10}"
            f"{'ABDEFGHJLN'[street % 10]}{'PQRS'[street // 10 % 4]}"
        )

    def add(
        family: list[Person], origin: Origin, surname: str, home: str, **known: object
    ) -> Person:
        sex = int(known.get("sex") or rng.choice((1, 2)))  # type: ignore[call-overload]
        pool = origin.male if sex == 1 else origin.female
        born = known["birth"]
        assert isinstance(born, date)
        taken = {person.forename for person in family}
        name = _skewed(rng, pool)
        while name in taken and rng.random() < 0.98:
            name = _skewed(rng, pool)
        person = Person(
            number=len(found),
            origin=origin,
            forename=name,
            surname=surname,
            sex=sex,
            birth=born,
            postcode=home,
            nhs_number=next(numbers),
            second=_skewed(rng, pool) if rng.random() < 0.5 else "",
            former_postcode=postcode() if rng.random() < 0.25 else "",
            is_registered=rng.random() >= off_register,
            family=family,
        )
        if sex == 2 and (TODAY - born).days > 8000 and rng.random() < origin.married:
            person.former_surname = _skewed(rng, origin.surnames)
        if rng.random() < origin.double:
            person.surname = (
                f"{surname}{rng.choice(('-', ' '))}{_skewed(rng, origin.surnames)}"
            )
        family.append(person)
        found.append(person)
        return person

    while len(found) < count:
        origin = rng.choices(ORIGINS, weights)[0]
        surname, home = _skewed(rng, origin.surnames), postcode()
        family: list[Person] = []
        first = add(family, origin, surname, home, birth=_birth(rng, 20, 95))
        if rng.random() < 0.5:
            add(
                family,
                origin,
                surname if rng.random() < 0.7 else _skewed(rng, origin.surnames),
                home,
                sex=3 - first.sex,
                birth=first.birth + timedelta(days=rng.randrange(-2000, 2000)),
            )
        if (TODAY - first.birth).days < 55 * 365:
            for _ in range(rng.choice((0, 0, 1, 2, 2, 3, 4))):
                born = _birth(rng, 0, 20)
                add(family, origin, surname, home, birth=born)
                if rng.random() < 0.016:
                    add(family, origin, surname, home, birth=born)
    return found


def typo(rng: random.Random, text: str) -> str:
    """The text with one letter swapped, dropped, doubled or replaced."""
    if len(text) < 2:
        return text
    i = rng.randrange(1, len(text))
    return rng.choice(
        (
            text[: i - 1] + text[i] + text[i - 1] + text[i + 1 :],
            text[:i] + text[i + 1 :],
            text[:i] + text[i - 1] + text[i:],
            text[:i] + rng.choice("aeionrtslm") + text[i + 1 :],
        )
    )


def _spelled(rng: random.Random, name: str) -> str:
    can = [(a, b) for a, b in SPELLINGS if a in name]
    can += [(b, a) for a, b in SPELLINGS if b in name]
    return name.replace(*rng.choice(can), 1) if can else name


def record_names(rng: random.Random, person: Person, errors: float) -> tuple[str, str]:
    """Forename and surname as a clerk writes them; errors: 1 at the base rate."""
    origin = person.origin
    first, last = person.forename, person.surname

    def happens(rate: float) -> bool:
        return rng.random() < min(rate * errors, 0.9)

    if person.former_surname and rng.random() < 0.15:
        last = person.former_surname
    if happens(origin.short):
        first = SHORTS.get(first, first)
    if happens(origin.spelling):
        first = _spelled(rng, first)
    if happens(origin.spelling):
        last = _spelled(rng, last)
    if person.second and happens(origin.second):
        first = rng.choice((f"{first} {person.second}", f"{first}-{person.second}"))
    if person.sex == 1 and happens(origin.prefix / 3) and first != "Mohammed":
        first = f"{rng.choice(('Mohammed', 'Muhammad', 'Md', 'Mohammad'))} {first}"
    if " " in last and happens(0.2):
        last = rng.choice(last.split(" "))
    elif "-" in last and happens(0.2):
        last = rng.choice((*last.split("-"), last.replace("-", " ")))
    if happens(0.012):
        first = typo(rng, first)
    if happens(0.012):
        last = typo(rng, last)
    if rng.random() >= origin.marks:
        first, last = (
            "".join(c.upper() if u.isupper() else c for c, u in zip(t, o, strict=True))
            for o in (first, last)
            for t in (o.lower().translate(MARKS),)
        )
    if happens(origin.swapped):
        first, last = last, first
    return first, last


def record_birth(rng: random.Random, person: Person, errors: float) -> date | None:
    """A birth date as a clerk writes it."""
    born = person.birth
    chance = rng.random() / errors
    foreign = person.origin.code in "JKNR" and (TODAY - born).days > 12000
    if chance < 0.004:
        return None
    if chance < (0.02 if foreign else 0.007):
        return born.replace(month=1, day=1)
    if chance < 0.026 and born.day <= 12:
        return born.replace(month=born.day, day=born.month)
    if chance < 0.032:
        return born + timedelta(days=rng.choice((-10, -1, 1, 10)))
    if chance < 0.036:
        year = born.year + rng.choice((-10, -1, 1))
        return born.replace(year=year, day=min(born.day, 28))
    return born


def write_city(folder: Path, count: int, seed: int, errors: float = 1.0) -> None:
    """Write feeds, and the true person of each local number, into `folder`."""
    rng = random.Random(seed + 1)
    city = people(count, seed)
    register = [person for person in city if person.is_registered]
    _write(
        folder / "feeds/primary_care/PDS_Person/D01__2025-03__01.csv",
        _register(rng, register),
    )
    _write(
        folder / "feeds/primary_care/PDS_Address/D01__2025-03__01.csv",
        _addresses(rng, register),
    )
    rows, truth = _attendances(rng, city, errors)
    months: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in rows:
        month = str(row["attendance.arrival.date"])[:7]
        months.setdefault((str(row["system.record.provider"]), month), []).append(row)
    for (provider, month), group in sorted(months.items()):
        _write(
            folder / f"feeds/acute_sus/emergency_care/{provider}__{month}__01.csv",
            group,
        )
    _write(folder / "truth.csv", truth)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _register(rng: random.Random, register: list[Person]) -> list[dict[str, object]]:
    """The register, in which names have their marks and often a second name."""
    rows: list[dict[str, object]] = []
    for person in register:
        prefix = person.sex == 1 and rng.random() < person.origin.prefix
        forename = person.forename
        if prefix and forename != "Mohammed":
            forename = f"Mohammed {forename}"
        elif person.second and rng.random() < 0.2:
            forename = f"{forename} {person.second}"
        versions = [(person.surname, "2010-01-01", "")]
        if person.former_surname and rng.random() < 0.6:
            versions = [
                (person.former_surname, "2000-01-01", "2009-12-31"),
                *versions,
            ]
        for surname, since, until in versions:
            rows.append(
                {
                    "RowID": f"D{len(rows)}",
                    "NHS Number": person.nhs_number,
                    "Given Name": forename,
                    "Family Name": surname,
                    "Date of Birth": person.birth.isoformat(),
                    "Gender": person.sex,
                    "Ethnic Category": person.origin.code,
                    "Date of Death": "",
                    "Person Business Effective From Date": since,
                    "Person Business Effective To Date": until,
                }
            )
    return rows


def _addresses(rng: random.Random, register: list[Person]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for person in register:
        homes = [(person.postcode, "2015-01-01", "")]
        if person.former_postcode and rng.random() < 0.7:
            homes.insert(0, (person.former_postcode, "2005-01-01", "2014-12-31"))
        for home, since, until in homes:
            rows.append(
                {
                    "RowID": f"DA{len(rows)}",
                    "NHS Number": person.nhs_number,
                    "Postcode": home,
                    "Usual Address Business Effective From Date": since,
                    "Usual Address Business Effective To Date": until,
                    "derCqcCareHomeCode": "",
                    "derLocalAuthorityOfResidence": "E08000035",
                    "derCurrentyr2021LSOAofResidence_FromPostcode": "SYN01000002",
                }
            )
    return rows


def _attendances(
    rng: random.Random, city: list[Person], errors: float
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    missing = {"RAE": 0.3, "RR8": 0.45, "RCB": 0.6}
    rows: list[dict[str, object]] = []
    truth: list[dict[str, object]] = []
    for person in city:
        for provider in missing:
            if rng.random() > 0.6:
                continue
            # A patient is now and then entered again under another local number.
            for entry in range(2 if rng.random() < 0.1 else 1):
                local = f"{provider}{person.number}{'B' * entry}"
                truth.append(
                    {
                        "provider_code": provider,
                        "local_patient_id": local,
                        "true_person_id": person.number,
                        "nhs_number": person.nhs_number,
                        "ethnic": person.origin.code,
                        "is_registered": person.is_registered,
                    }
                )
                for _ in range(rng.choice((1, 1, 2))):
                    rows.append(
                        _attendance(
                            rng,
                            person,
                            provider,
                            local,
                            errors,
                            missing[provider],
                            len(rows),
                        )
                    )
    return rows, truth


def _attendance(
    rng: random.Random,
    person: Person,
    provider: str,
    local: str,
    errors: float,
    missing: float,
    serial: int,
) -> dict[str, object]:
    number = person.nhs_number
    if rng.random() < missing:
        number = ""
    elif rng.random() < 0.006 * errors:
        number = rng.choice(person.family).nhs_number
    postcode = person.postcode
    if person.former_postcode and rng.random() < 0.2:
        postcode = person.former_postcode
    elif rng.random() < 0.02 * errors:
        postcode = ""
    elif rng.random() < 0.01 * errors:
        postcode = typo(rng, postcode)
    elif rng.random() < 0.01:
        postcode = "ZZ99 3WZ"
    forename, surname = record_names(rng, person, errors)
    born = record_birth(rng, person, errors)
    day = max(
        TODAY - timedelta(days=rng.randrange(1, 700)), person.birth + timedelta(days=1)
    )
    return {
        "attendance.unique_identifier": f"D{serial}",
        "system.record.provider": provider,
        "attendance.location.site": f"{provider}01",
        "attendance.location.department_type": "01",
        "patient.nhs_number.value": number,
        "patient.nhs_number.status": "01" if number else "07",
        "patient.local_patient_identifier.value": local,
        "patient.name.forename": forename,
        "patient.name.surname": surname,
        "patient.birth_date": born.isoformat() if born else "",
        "patient.stated_gender": person.sex
        if rng.random() > 0.003 * errors
        else 3 - person.sex,
        "patient.ethnic_category": person.origin.code,
        "patient.usual_address.postcode": postcode,
        "patient.usual_address.lsoa_11": "SYN01000002" if postcode else "",
        "attendance.arrival.date": day.isoformat(),
        "attendance.arrival.time": "10:00:00",
        "attendance.arrival.arrival_mode.code": "1048071000000103",
        "attendance.arrival.attendance_category": "1",
        "attendance.arrival.ambulance_incident_number": "",
        "attendance.departure.date": day.isoformat(),
        "attendance.departure.time": "11:00:00",
        "attendance.discharge.status.code": "182992009",
        "attendance.discharge.destination.code": "306689006",
        "clinical.chief_complaint.code": "",
        "clinical.acuity.code": "",
        "commissioning.national_pricing.final_price": "200",
    }


def without_numbers(
    count: int, seed: int, errors: float = 1.0
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The register and the records of a city as `link` takes them, without NHS numbers.

    Records also have `person_key`, that of their true person, and `ethnic`; only those
    of people on the register.
    """
    rng = random.Random(seed + 1)
    register = [person for person in people(count, seed) if person.is_registered]
    homes: dict[object, list[object]] = {}
    for home in _addresses(rng, register):
        homes.setdefault(home["NHS Number"], []).append(home["Postcode"])
    versions: list[dict[str, object]] = [
        {
            "person_key": f"nhs:{row['NHS Number']}",
            "forename": row["Given Name"],
            "surname": row["Family Name"],
            "birth_date": date.fromisoformat(str(row["Date of Birth"])),
            "sex": str(row["Gender"]),
            "postcode": home,
        }
        for row in _register(rng, register)
        for home in homes[row["NHS Number"]]
    ]
    rows, truth = _attendances(rng, register, errors)
    keys = {person.number: f"nhs:{person.nhs_number}" for person in register}
    owner = {
        row["local_patient_id"]: keys[int(str(row["true_person_id"]))] for row in truth
    }
    records: list[dict[str, object]] = []
    for row in rows:
        born = str(row["patient.birth_date"])
        records.append(
            {
                "source_record_id": row["attendance.unique_identifier"],
                "provider_code": row["system.record.provider"],
                "local_patient_id": row["patient.local_patient_identifier.value"],
                "first_period_start_date": date.fromisoformat(
                    str(row["attendance.arrival.date"])
                ).replace(day=1),
                "is_blind": False,
                "forename": row["patient.name.forename"],
                "surname": row["patient.name.surname"],
                "birth_date": date.fromisoformat(born) if born else None,
                "sex": str(row["patient.stated_gender"]),
                "postcode": row["patient.usual_address.postcode"] or None,
                "person_key": owner[row["patient.local_patient_identifier.value"]],
                "ethnic": row["patient.ethnic_category"],
            }
        )
    return versions, records
