"""Invented names: lists by culture, with frequencies that fall as real ones do.

Nothing here is taken from a register. Common names are ordinary words of everyday life;
the long tail of surnames is built from stems and endings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city.draw import Array, Rng

_ENGLISH_SURNAMES = """Smith Jones Taylor Brown Wilson Johnson Wright Walker Robinson
Thompson White Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke Clark
Turner Hill Cooper Ward Moore Morris King Baker Harrison Morgan Allen James Scott Watson
Parker Davies Bennett Young Cook Richardson Carter Bailey Collins Bell Shaw Miller Cox
Richards Marshall Simpson Price Anderson Adams Wilkinson Foster Ellis Chapman Mason Gray
Webb Rogers Hunt Mills Holmes Palmer Matthews Barker Knight Lloyd Butler Russell Barnes
Fisher Stevens Jenkins Dixon Fletcher Booth Sykes Hirst Dawson Firth Armitage Broadbent
Lumb Naylor Haigh Hainsworth Illingworth Jagger Ramsden Thackray Umpleby Waterhouse
Crossley Dyson Gaunt Horsfall Mallinson Oldroyd Pickles Sugden Tordoff Verity"""
_STEMS = """Ash Black Brad Brook Burn Calver Cold Cot Cross Den Ear East Fair Farn Green
Had Hales Hart Hather Hazel High Holl Ked Kirk Lang Lind Long Mar Mead Mel Mid Nether
New North Oak Old Oxen Pem Rad Raven Red Rush Sal Sandal Shep Skel Stan Staple Sut Swin
Thorn Thorpe Wake Wal Wend West Whit Win Wood Wool"""
_ENDINGS = (
    "ton ley worth field ham by shaw well bridge wood dale den croft land more son"
)
_IRISH = """Murphy Kelly Byrne Ryan O'Brien Walsh O'Sullivan O'Connor Doyle McCarthy
Gallagher O'Neill Doherty Kennedy Lynch Murray Quinn Moore McLaughlin Carroll Connolly
Daly Brennan Dunne Burke Collins Campbell Clarke Hughes Farrell Fitzgerald Nolan Maguire
Keane Mullen Flanagan Heaney Rafferty Tierney Molloy"""
_POLISH_STEMS = """Now Kowal Wisni Wojcieck Kamin Lewand Zielin Szyman Wozni Dabr Kozlow
Jankow Mazurk Kwiatk Krawcz Piotrk Grabow Zajac Pawlow Michal Krol Wieczork Jablon Majew
Olszew Stepn Malinow Adamcz Dudk Sikor"""
_POLISH_ENDINGS = "ski ak czyk ek owicz ik"
_MUSLIM = """Khan Hussain Ahmed Ali Akhtar Begum Mahmood Iqbal Hassan Malik Shah Rashid
Mirza Chaudhry Butt Sheikh Aslam Bashir Rafiq Saleem Qureshi Ashraf Riaz Bibi Javed
Miah Uddin Rahman Islam Hossain Choudhury Abbas Anwar Arshad Aziz Farooq Ghani Hanif
Ilyas Jamil Karim Latif Majid Nawaz Parveen Qadir Rehman Siddique Tariq Usman Yaqub
Zaman"""
_INDIAN = """Patel Singh Kaur Sharma Gill Shah Desai Mistry Kumar Sandhu Dhillon Sidhu
Mehta Joshi Bains Grewal Chohan Parmar Solanki Rai Gupta Verma Nair Menon Thomas Reddy
Iyer Bhatt Sahota Virdee Panesar Matharu"""
_CARIBBEAN = """Campbell Williams Brown Francis Henry Charles Joseph Phillip Gordon
Grant Morgan Samuels Bailey Clarke Browne Liburd Hendrickson Challenger Maynard
Archibald Phipps Weekes Wilkes Daniel Edwards Richardson Duporte Nisbett Hanley
Huggins"""
_AFRICAN = """Mensah Osei Boateng Owusu Okafor Okeke Adeyemi Adebayo Eze Nwosu Moyo
Ncube Dube Sibanda Banda Phiri Tesfaye Abebe Haile Mohamed Abdi Yusuf Ibrahim
Diallo Kamara Sesay Conteh Njoroge Wanjiru Mutasa"""
_CHINESE = """Chen Wang Li Zhang Liu Yang Huang Wu Zhou Xu Chan Wong Leung Cheung Lau Ng
Ho Lam Tang Cheng Lin Zhao Sun Ma Zhu Guo He Lee Yip Tse"""

_FORENAMES = {
    "older": (
        """John David Peter Michael Brian Alan Robert William James Kenneth Roy Derek
        Ronald George Keith Raymond Terence Dennis Eric Harold Geoffrey Frank Gordon
        Malcolm Leslie Arthur Norman Stanley Jack Thomas Donald Albert Barry Trevor
        Philip Graham Stuart Colin Roger Anthony Ernest Walter Douglas Clifford Harry
        Neville Maurice Herbert Clive Bernard Percy Wilfred Cyril Horace Edgar""",
        """Margaret Mary Jean Patricia Barbara Joan Sheila Dorothy Joyce Maureen Doreen
        Betty Audrey Brenda Shirley June Kathleen Marjorie Edna Irene Christine Pauline
        Marion Eileen Elsie Hilda Sylvia Beryl Jennifer Susan Ann Vera Edith Winifred
        Freda Olive Phyllis Ivy Norma Rita Josephine Muriel Lilian Gladys Elizabeth
        Janet Valerie Rosemary Judith Carole Thelma Constance Mavis Enid Nora Mabel""",
    ),
    "middle": (
        """Paul Mark Andrew Stephen Richard Ian Christopher Simon Gary Nicholas Matthew
        Daniel Kevin Neil Martin Jonathan Craig Lee Adam Benjamin Nigel Darren Wayne
        Gareth Steven Timothy Dean Carl Robert James Michael David Stuart Jamie Jason
        Shaun Russell Duncan Adrian Glen Philip Edward Alexander Gavin Justin Damian
        Antony Scott Barry Leon Marcus Howard Julian Robin Spencer Ashley""",
        """Susan Julie Karen Jacqueline Deborah Tracey Jane Helen Diane Sharon Tracy
        Angela Sarah Alison Caroline Amanda Sandra Linda Catherine Elizabeth Claire
        Joanne Michelle Nicola Lisa Emma Rachel Rebecca Louise Samantha Wendy Dawn
        Lorraine Katherine Victoria Kelly Donna Andrea Lesley Gillian Beverley Heather
        Natalie Melanie Paula Anna Lucy Kerry Hayley Gemma Tina Ruth Fiona Sally""",
    ),
    "younger": (
        """Jack Thomas Joshua Oliver Harry James William Samuel Daniel Charlie Alfie
        George Joseph Callum Liam Jake Luke Ryan Ethan Lewis Jacob Noah Oscar Archie
        Leo Theo Freddie Arthur Henry Max Logan Tyler Connor Kieran Harvey Riley Finley
        Isaac Edward Toby Reuben Dylan Bradley Nathan Aaron Elliot Jude Louie Ronnie
        Albie Stanley Kai Rory Zachary Sonny Ralph Felix""",
        """Olivia Emily Sophie Jessica Amelia Chloe Grace Lucy Charlotte Ella Mia Lily
        Isabella Evie Poppy Ruby Ava Freya Hannah Megan Lauren Molly Bethany Katie Holly
        Abigail Eleanor Georgia Caitlin Jasmine Amy Daisy Phoebe Isla Florence Alice
        Willow Rosie Elsie Matilda Ivy Harriet Scarlett Imogen Zoe Paige Erin Niamh
        Summer Maisie Nancy Bonnie Martha Eliza Thea Robyn Orla""",
    ),
    "irish": (
        """Patrick Sean Michael John Kevin Brendan Declan Eamon Liam Gerard Dermot Conor
        Aidan Niall Cormac Donal Fergus Kieran Brian Thomas""",
        """Mary Bridget Kathleen Maureen Sinead Siobhan Aoife Ciara Deirdre Noreen
        Roisin Orla Nuala Eileen Grainne Niamh Fionnuala Teresa Bernadette Una""",
    ),
    "polish": (
        """Piotr Krzysztof Andrzej Tomasz Marcin Pawel Michal Jan Lukasz Jakub Adam
        Marek Grzegorz Mateusz Wojciech Mariusz Dariusz Zbigniew Jerzy Kamil""",
        """Anna Maria Katarzyna Malgorzata Agnieszka Krystyna Barbara Ewa Elzbieta Zofia
        Joanna Magdalena Monika Aleksandra Natalia Karolina Beata Dorota Iwona""",
    ),
    "muslim": (
        """Mohammed Ali Ahmed Hassan Hussain Imran Asif Zahid Tariq Khalid Shahid Usman
        Bilal Hamza Ibrahim Yusuf Omar Adeel Faisal Nadeem Rashid Amir Zain Haris Saqib
        Kashif Waqas Junaid Rizwan Abdul""",
        """Fatima Aisha Zainab Maryam Nazia Shazia Saima Rukhsana Nasreen Shabana Amina
        Khadija Sana Hira Iqra Noor Yasmin Farah Rabia Samina Tahira Kulsoom Safia
        Razia Naseem Uzma Bushra Parveen Halima Sumaira""",
    ),
    "indian": (
        """Rajesh Amit Sanjay Vijay Suresh Harpreet Gurpreet Jaswinder Balbir Manjit
        Ravi Anil Deepak Arjun Rohan Kiran Mohan Ashok Nikhil Dev Sukhdev Karan""",
        """Priya Anita Sunita Meena Harjit Jasbir Manpreet Simran Kavita Neha Pooja
        Rekha Surinder Kamaljit Asha Usha Divya Anjali Geeta Lakshmi Baljit Nisha""",
    ),
    "caribbean": (
        """Winston Delroy Leroy Errol Clive Desmond Carlton Neville Lloyd Marlon
        Jermaine Andre Marcus Dwayne Tyrone Devon Curtis Malachi Isaiah Elijah""",
        """Gloria Sonia Beverley Marcia Yvonne Hyacinth Merle Pearl Icilda Claudette
        Shanice Natasha Chantelle Simone Keisha Jade Ebony Naomi Monique Tiana""",
    ),
    "african": (
        """Kwame Kofi Emeka Chidi Tunde Segun Tendai Tafadzwa Themba Abel Dawit Samuel
        Abdullahi Musa Mamadou Emmanuel Blessing Tinashe Farai Joseph""",
        """Ama Akosua Ngozi Chioma Funmi Yetunde Rudo Chipo Nomsa Thandiwe Selam Hiwot
        Hodan Fadumo Aminata Grace Precious Mercy Joy Esther""",
    ),
    "chinese": (
        """Wei Jun Ming Hao Jian Lei Tao Chun Kai Yong Feng Zhen Bo Xin Yi Peter David
        Alan Jason Kevin""",
        """Mei Ying Li Xiu Fang Yan Jing Na Hui Min Xia Qian Yu Ling Wing Amy Grace
        Emily Joyce Cindy""",
    ),
}

_NICKNAMES = """William=Bill Robert=Bob Richard=Dick James=Jim John=Jack Thomas=Tom
Michael=Mick Anthony=Tony Edward=Ted Charles=Charlie Kenneth=Ken Ronald=Ron Donald=Don
Raymond=Ray Stephen=Steve Steven=Steve Andrew=Andy Christopher=Chris Matthew=Matt
Daniel=Dan Joseph=Joe Samuel=Sam Benjamin=Ben Nicholas=Nick Alexander=Alex Timothy=Tim
Terence=Terry Leslie=Les Albert=Bert Frederick=Fred Joshua=Josh Jonathan=Jon Philip=Phil
Gerard=Gerry Patrick=Paddy Margaret=Peggy Elizabeth=Liz Patricia=Pat Barbara=Babs
Dorothy=Dot Kathleen=Kath Susan=Sue Christine=Chris Catherine=Cath Katherine=Kate
Jennifer=Jenny Pamela=Pam Deborah=Debbie Jacqueline=Jackie Amanda=Mandy Victoria=Vicky
Rebecca=Becky Samantha=Sam Jessica=Jess Charlotte=Lottie Isabella=Bella Abigail=Abi
Eleanor=Ellie Mohammed=Mo Bridget=Bridie Krzysztof=Chris Katarzyna=Kasia
Malgorzata=Gosia Rajesh=Raj Harpreet=Harry Emmanuel=Manny Josephine=Josie"""

CULTURES = (
    "english",
    "irish",
    "polish",
    "muslim",
    "indian",
    "caribbean",
    "african",
    "chinese",
)
# Ethnic category -> shares of cultures, in the order of CULTURES.
CULTURE_OF_ETHNIC = {
    "A": (96, 4, 0, 0, 0, 0, 0, 0),
    "B": (10, 90, 0, 0, 0, 0, 0, 0),
    "C": (20, 5, 75, 0, 0, 0, 0, 0),
    "D": (60, 2, 0, 0, 0, 38, 0, 0),
    "E": (45, 0, 0, 5, 0, 0, 50, 0),
    "F": (50, 0, 0, 30, 20, 0, 0, 0),
    "G": (60, 5, 5, 10, 5, 5, 5, 5),
    "H": (2, 0, 0, 8, 90, 0, 0, 0),
    "J": (1, 0, 0, 98, 1, 0, 0, 0),
    "K": (0, 0, 0, 100, 0, 0, 0, 0),
    "L": (5, 0, 0, 55, 35, 0, 0, 5),
    "M": (5, 0, 0, 0, 0, 95, 0, 0),
    "N": (2, 0, 0, 15, 0, 0, 83, 0),
    "P": (30, 0, 0, 0, 0, 40, 30, 0),
    "R": (2, 0, 0, 0, 0, 0, 0, 98),
    "S": (15, 0, 5, 70, 5, 0, 5, 0),
    "Z": (80, 3, 4, 8, 2, 1, 1, 1),
}


def _words(text: str) -> list[str]:
    return text.split()


def _surnames() -> dict[str, list[str]]:
    tail = [s + e for e in _words(_ENDINGS) for s in _words(_STEMS)]
    polish = [s + e for e in _words(_POLISH_ENDINGS) for s in _words(_POLISH_STEMS)]
    return {
        "english": _words(_ENGLISH_SURNAMES) + tail,
        "irish": _words(_IRISH),
        "polish": polish,
        "muslim": _words(_MUSLIM),
        "indian": _words(_INDIAN),
        "caribbean": _words(_CARIBBEAN),
        "african": _words(_AFRICAN),
        "chinese": _words(_CHINESE),
    }


@dataclass
class Names:
    """A list of texts, which people and registrations refer to by number."""

    texts: list[str]
    surnames: dict[str, Array]
    forenames: dict[str, tuple[Array, Array]]

    @classmethod
    def invented(cls) -> Names:
        """All lists, numbered together."""
        number: dict[str, int] = {}

        def numbered(words: list[str]) -> Array:
            return np.array([number.setdefault(w, len(number)) for w in words])

        surnames = {culture: numbered(words) for culture, words in _surnames().items()}
        forenames = {
            group: (numbered(_words(male)), numbered(_words(female)))
            for group, (male, female) in _FORENAMES.items()
        }
        return cls(list(number), surnames, forenames)

    def add(self, texts: list[str]) -> Array:
        """Append texts (a typo, a nickname) and return their numbers."""
        first = len(self.texts)
        self.texts.extend(texts)
        return np.arange(first, first + len(texts))

    def nicknames(self) -> Array:
        """Number of each name's nickname, -1 for none; call before `add`."""
        pairs = dict(pair.split("=") for pair in _words(_NICKNAMES))
        known = len(self.texts)
        other = np.full(known, -1)
        holders = [i for i, text in enumerate(self.texts) if text in pairs]
        other[holders] = self.add([pairs[self.texts[i]] for i in holders])
        return other


def _skewed(rng: Rng, pool: Array, size: int, steepness: float) -> Array:
    """Draw from a pool whose k-th name is 1 / (k + 8)^steepness as frequent."""
    weight = 1.0 / (np.arange(len(pool)) + 8.0) ** steepness
    ladder = np.cumsum(weight) / weight.sum()
    return pool[np.searchsorted(ladder, rng.random(size), side="right")]


def draw_surnames(rng: Rng, names: Names, culture: Array) -> Array:
    """One surname number per element; culture: indices into CULTURES."""
    drawn = np.zeros(len(culture), dtype=np.int64)
    for index, name in enumerate(CULTURES):
        of_it = np.flatnonzero(culture == index)
        drawn[of_it] = _skewed(rng, names.surnames[name], len(of_it), 0.8)
    return drawn


def draw_forenames(
    rng: Rng, names: Names, culture: Array, female: Array, birth_year: Array
) -> Array:
    """One forename number per element; English forenames follow the birth year."""
    cohort = np.where(birth_year < 1955, 0, np.where(birth_year < 1988, 1, 2))
    drawn = np.zeros(len(culture), dtype=np.int64)
    for index, name in enumerate(CULTURES):
        groups = ("older", "middle", "younger") if name == "english" else (name,)
        for age_group, group in enumerate(groups):
            for sex in (0, 1):
                rows = (culture == index) & (female == sex)
                if len(groups) > 1:
                    rows &= cohort == age_group
                of_it = np.flatnonzero(rows)
                pool = names.forenames[group][sex]
                drawn[of_it] = _skewed(rng, pool, len(of_it), 0.7)
    return drawn
