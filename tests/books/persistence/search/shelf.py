"""Books whose words are hard to find."""

SHELF = (
    {
        "title": "One Hundred Years of Solitude",
        "authors": ("Gabriel García Márquez", "Gregory Rabassa"),
        "subjects": ("Magic realism",),
    },
    {"title": "Harry Potter and the Sorcerer's Stone (Harry Potter, #1)", "authors": ("J.K. Rowling", "Mary GrandPré")},
    {
        "title": "Harry Potter and the Chamber of Secrets (Harry Potter, #2)",
        "authors": ("J.K. Rowling", "Mary GrandPré"),
    },
    {
        "title": "Kinder- und Hausmärchen",
        "authors": ("Jacob Grimm", "Wilhelm Grimm"),
        "languages": ["de"],
        "subjects": ("Märchen",),
    },
    {"title": "Das Märchen vom Schlauraffenland", "authors": ("Ludwig Bechstein",), "languages": ["ger"]},
    {
        "title": "The C++ Programming Language",
        "authors": ("Bjarne Stroustrup",),
        "subjects": ("C++ (Computer program language)",),
    },
    {"title": "The C Programming Language", "authors": ("Brian W. Kernighan", "Dennis M. Ritchie")},
    {"title": "Programming C# 8.0", "authors": ("Ian Griffiths",)},
    {"title": "100% Wolf", "authors": ("Jayne Lyons",)},
    {"title": 'The "Genius"', "authors": ("Theodore Dreiser",)},
    {"title": "Wild* :*", "authors": ("Nobody Known",)},
    {
        "title": "Emma",
        "authors": ("Jane Austen",),
        "isbns": ["9780141439587"],
        "published_year": 1815,
        "publisher": "Penguin",
    },
    {"title": "Emma Brown", "authors": ("Clare Boylan", "Charlotte Brontë"), "published_year": 2003},
    {"title": "A Guide to Emma", "authors": ("Marilyn Butler",), "published_year": 1992},
    {
        "title": "Jane Austen and the State",
        "authors": ("Mary Evans",),
        "subjects": ("Emma (Novel)",),
        "published_year": 1987,
    },
    {"title": "百年の孤独", "authors": ("ガブリエル・ガルシア=マルケス",), "languages": ["ja"]},
    {"title": "Братья Карамазовы", "authors": ("Фёдор Достоевский",), "languages": ["ru"]},
    {"title": "ألف ليلة وليلة", "authors": ("مجهول",), "languages": ["ar"]},
    {
        "title": "Straße nach Łódź",
        "authors": ("Jürgen Groß",),
        "series": (("Über Grenzen", "3"),),
        "contributors": (("Zoë Ångström", "translator"),),
    },
    {"title": "L'Amour fou 🦊", "authors": ("André Breton",)},
)
